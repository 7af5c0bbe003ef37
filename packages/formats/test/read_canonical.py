"""What Python's anndata makes of canonical files, and files of other layouts for our reader.

check  <h5ad> <source> <separator> <samples in: rows|columns> <label column or ->   exits 1 with the difference
write  <folder>   one small matrix in every layout that anndata writes
"""

import sys
import warnings

import anndata
import numpy as np
import pandas as pd
import scipy.sparse as sp

warnings.simplefilter("ignore")


def check(h5ad, source, separator, samples_in, label):
    adata = anndata.read_h5ad(h5ad)
    table = pd.read_csv(source, sep=separator, index_col=0, float_precision="round_trip", dtype={0: str})
    if samples_in == "columns":
        table = table.T
    labels = table.pop(label) if label != "-" else None
    table = table.select_dtypes("number") if samples_in == "rows" else table.astype("float64")
    expected = table.to_numpy().astype("float32")
    assert list(adata.obs_names) == [str(name) for name in table.index], "obs_names"
    # pandas has names of its own for columns without one.
    if table.columns.is_unique and not any(str(name).startswith("Unnamed") for name in table.columns):
        assert list(adata.var_names) == [str(name) for name in table.columns], "var_names"
    assert adata.X.dtype == np.float32 and adata.X.shape == expected.shape, (adata.X.dtype, adata.X.shape, expected.shape)
    np.testing.assert_array_equal(adata.X, expected)
    if labels is not None:
        assert list(adata.obs[label].astype(str)) == list(labels.astype(str)), label
    assert len(adata.uns["omicselector2"]["hash"]) == 64
    adata.write_h5ad(h5ad + ".again")


def write(folder):
    x = np.array([[0, 1.5, 0, -2], [3, 0, 0, 0.25], [0, 0, 7, 0]])
    obs = pd.DataFrame(
        {"class": pd.Categorical(["a", "b", None]), "age": [50, 60, 70], "smoker": [True, False, True], "ward": ["x", "y", "x"]},
        index=["s1", "s2", "s3"],
    )
    var = pd.DataFrame({"chromosome": ["1", "2", "X", "X"]}, index=["g1", "g2", "g3", "g4"])
    kinds = {"dense": x.astype("float32"), "float64": x, "csr": sp.csr_matrix(x), "csc": sp.csc_matrix(x)}
    for name, matrix in kinds.items():
        anndata.AnnData(matrix, obs=obs, var=var).write_h5ad(f"{folder}/{name}.h5ad")
    anndata.AnnData(kinds["csr"], obs=obs, var=var).write_h5ad(f"{folder}/packed.h5ad", compression="gzip")
    obs["age"] = obs["age"].astype("Int64" if tuple(map(int, anndata.__version__.split(".")[:2])) >= (0, 9) else "int64")
    anndata.AnnData(kinds["dense"], obs=obs, var=var).write_h5ad(f"{folder}/nullable.h5ad")


if __name__ == "__main__":
    {"check": check, "write": write}[sys.argv[1]](*sys.argv[2:])
