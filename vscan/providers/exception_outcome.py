"""Turn an exception into the outcome of a task."""

from vscan.errors import describe_resource_limit
from vscan.model import Failed, FailureKind, Task
from vscan.safe_text import describe_exception


def failure_of(task: Task, error: BaseException, limit_kind: FailureKind) -> Failed:
    """Make the failure that an exception means.

    Where the system refused memory, files or processes, the failure is of ``limit_kind`` and names
    the limit; all else is a bug.
    """
    limit = describe_resource_limit(error)
    if limit is not None:
        return Failed(task, limit_kind, limit)
    return Failed(task, FailureKind.BUG, describe_exception(error))
