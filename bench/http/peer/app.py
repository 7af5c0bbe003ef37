"""
The two routes as a FastAPI user writes them: SQLAlchemy 2 (async, asyncpg), Pydantic response models, PyJWT, one uvicorn process on
uvloop and httptools. Same checks, fields, order and total as ours: the token, the user asked anew for every request, the owner.

    DATABASE_URL=postgresql+asyncpg://... TOKEN_KEY=<hex> uvicorn app:app
"""

import os
import uuid
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import ForeignKey, func, select
from sqlalchemy.dialects.postgresql import ENUM, JSONB, TIMESTAMP, UUID
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, load_only, mapped_column

KEY = bytes.fromhex(os.environ["TOKEN_KEY"])
engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=0)
Session = async_sessionmaker(engine, expire_on_commit=False)

JobType = Literal["feature_selection", "model_training", "hyperparameter_tuning", "benchmarking", "preprocessing"]
JobStatus = Literal["pending", "running", "completed", "failed", "cancelled"]
Queue = Literal["high_priority", "default", "low_priority"]


class Base(DeclarativeBase):
    type_annotation_map = {uuid.UUID: UUID(as_uuid=True), datetime: TIMESTAMP(timezone=True), dict[str, Any]: JSONB}


class User(Base):
    __tablename__ = "users"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    username: Mapped[str]
    is_active: Mapped[bool]


class Job(Base):
    __tablename__ = "jobs"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    job_type: Mapped[str] = mapped_column(ENUM(*get_args(JobType), name="job_type", create_type=False))
    status: Mapped[str] = mapped_column(ENUM(*get_args(JobStatus), name="job_status", create_type=False))
    config: Mapped[dict[str, Any]]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    dataset_id: Mapped[uuid.UUID | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    error_message: Mapped[str | None]
    result_id: Mapped[uuid.UUID | None]
    queue: Mapped[str]
    progress: Mapped[int]
    message: Mapped[str | None]
    eta_seconds: Mapped[int | None]
    estimate: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime]


class JobItem(BaseModel):
    job_id: uuid.UUID
    job_type: JobType
    status: JobStatus
    created_at: datetime
    dataset_id: uuid.UUID | None
    progress: int
    queue: Queue
    started_at: datetime | None
    completed_at: datetime | None
    result_id: uuid.UUID | None
    error_message: str | None


class JobBody(JobItem):
    message: str | None
    eta_seconds: int | None
    methods: list[str]
    config: dict[str, Any]
    estimated_seconds: float | None


class JobPage(BaseModel):
    items: list[JobItem]
    total: int
    page: int
    size: int


LISTED = load_only(
    Job.id, Job.job_type, Job.status, Job.created_at, Job.dataset_id, Job.progress,
    Job.queue, Job.started_at, Job.completed_at, Job.result_id, Job.error_message,
)


def item(job: Job) -> dict[str, Any]:
    return {
        "job_id": job.id,
        "job_type": job.job_type,
        "status": job.status,
        "created_at": job.created_at,
        "dataset_id": job.dataset_id,
        "progress": job.progress,
        "queue": job.queue,
        "started_at": job.started_at,
        "completed_at": job.completed_at,
        "result_id": job.result_id,
        "error_message": job.error_message,
    }


@asynccontextmanager
async def lifespan(_: FastAPI):
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)
bearer = HTTPBearer()


async def session():
    async with Session() as opened:
        yield opened


Db = Annotated[AsyncSession, Depends(session)]


async def current_user(credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)], db: Db) -> User:
    try:
        claims = jwt.decode(credentials.credentials, KEY, algorithms=["HS256"], issuer="omicselector2", options={"require": ["sub", "exp"]})
    except jwt.InvalidTokenError:
        raise HTTPException(401, "no valid token")
    user = await db.get(User, uuid.UUID(claims["sub"]))
    if user is None or not user.is_active:
        raise HTTPException(401, "no valid token")
    return user


Me = Annotated[User, Depends(current_user)]


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/api/v1/jobs/{job_id}")
async def get_job(job_id: uuid.UUID, user: Me, db: Db) -> JobBody:
    job = (await db.scalars(select(Job).where(Job.id == job_id, Job.user_id == user.id))).one_or_none()
    if job is None:
        raise HTTPException(404, "there is no such job")
    config = dict(job.config)
    methods = config.pop("methods", [])
    seconds = (job.estimate or {}).get("seconds")
    return JobBody(
        **item(job), message=job.message, eta_seconds=job.eta_seconds, methods=methods, config=config, estimated_seconds=seconds
    )


@app.get("/api/v1/jobs")
async def list_jobs(
    user: Me, db: Db, page: Annotated[int, Query(ge=1)] = 1, size: Annotated[int, Query(ge=1, le=100)] = 50
) -> JobPage:
    mine = Job.user_id == user.id
    newest = select(Job).options(LISTED).where(mine).order_by(Job.created_at.desc(), Job.id.desc())
    jobs = (await db.scalars(newest.limit(size).offset((page - 1) * size))).all()
    total = await db.scalar(select(func.count()).select_from(Job).where(mine))
    return JobPage(items=[JobItem(**item(job)) for job in jobs], total=total or 0, page=page, size=size)
