"""python3 peer.py FOLDER N P: as peer.R, with scikit-learn; requests and answers are lines of JSON."""

import json
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import PredefinedSplit, StratifiedKFold
from sklearn.preprocessing import StandardScaler

n, p = int(sys.argv[2]), int(sys.argv[3])
X = np.fromfile(f"{sys.argv[1]}/X.f32", dtype=np.float32).reshape(p, n).T
RELEASE = tuple(int(part) for part in sklearn.__version__.split(".")[:2])


def penalised(l1_ratio, cs, folds):
    """Cross-validated logistic regression; the lasso by liblinear, the elastic net by saga, the one solver that has it."""
    newer = RELEASE >= (1, 8)
    how = {"l1_ratios": [l1_ratio]} if newer else {"penalty": "l1"} if l1_ratio == 1 else {"penalty": "elasticnet", "l1_ratios": [l1_ratio]}
    if RELEASE >= (1, 9):
        how["use_legacy_attributes"] = True
    solver = "liblinear" if l1_ratio == 1 else "saga"
    return LogisticRegressionCV(Cs=cs, cv=folds, solver=solver, scoring="neg_log_loss", random_state=1, **how)


def forest(q, rows, y):
    model = RandomForestClassifier(
        n_estimators=q["trees"], max_features=q["mtry"], min_samples_leaf=1, oob_score=True, n_jobs=1, random_state=1
    )
    return model.fit(X[rows], y[rows])


def versions(_):
    return {"python": sys.version.split()[0], "scikit-learn": sklearn.__version__}


def cv(q):
    """Scaling is part of the work, as it is of ours; the given lambdas as C = 1 / (n lambda)."""
    y = np.asarray(q["y"])
    start = time.process_time()
    Z = StandardScaler().fit_transform(X)
    model = penalised(1, 1 / (n * np.asarray(q["lambda"])), PredefinedSplit(np.asarray(q["folds"]) - 1)).fit(Z, y)
    seconds = time.process_time() - start
    scores = next(iter(model.scores_.values())).reshape(len(set(q["folds"])), -1)
    return {"seconds": seconds, "cvm": (-2 * scores.mean(axis=0)).tolist(), "active": np.flatnonzero(model.coef_[0]).tolist()}


def grow(q):
    y = np.asarray(q["y"])
    start = time.process_time()
    model = forest(q, slice(None), y)
    seconds = time.process_time() - start
    return {"seconds": seconds, "oob": 1 - model.oob_score_, "importance": model.feature_importances_.tolist()}


def example(q):
    """Each resample: lasso and elastic net at cross-validated C (the default grid's ten), and a forest."""
    y = np.asarray(q["y"])
    start = time.process_time()
    selected = {"lasso": [], "elastic_net": [], "rf_importance": []}
    for rows in q["draws"]:
        rows = np.asarray(rows) - 1
        Z = StandardScaler().fit_transform(X[rows])
        for name, l1_ratio in (("lasso", 1), ("elastic_net", 0.5)):
            model = penalised(l1_ratio, q["cs"], StratifiedKFold(5, shuffle=True, random_state=1)).fit(Z, y[rows])
            selected[name].append(np.flatnonzero(model.coef_[0]).tolist())
        selected["rf_importance"].append(np.argsort(-forest(q, rows, y).feature_importances_)[: q["q"]].tolist())
    return {"seconds": time.process_time() - start, "selected": selected}


TASKS = {"versions": versions, "cv": cv, "forest": grow, "example": example}
warnings.simplefilter("ignore")
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = TASKS[request["task"]](request)
    except Exception as error:  # the caller says which row is missing and why
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
