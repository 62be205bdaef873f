import pytest
from runner_tasks import die_always, die_once, fail, square

from refmatte_engine.errors import StoppedError
from refmatte_engine.runner import StopFlag, WorkerDiedError, run_tasks


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_comes_back_once(workers):
    results = dict(run_tasks(square, lambda i: i, 7, workers=workers))
    assert results == {i: i * i for i in range(7)}


def test_a_killed_worker_is_replaced_and_nothing_is_lost(tmp_path):
    results = dict(run_tasks(die_once, lambda i: (i, tmp_path / "died"), 6, workers=2))
    assert results == {i: i for i in range(6)}
    assert (tmp_path / "died").exists()


def test_workers_that_keep_dying_end_the_run_with_advice():
    with pytest.raises(WorkerDiedError, match="fewer --workers"):
        list(run_tasks(die_always, lambda i: i, 2, workers=2))


def test_an_error_in_a_task_reaches_the_caller():
    with pytest.raises(ValueError, match="task"):
        list(run_tasks(fail, lambda i: i, 4, workers=2))


def test_the_stop_flag_ends_the_run_after_the_tasks_under_way():
    flag = StopFlag()
    seen = []
    with pytest.raises(StoppedError):
        for index, _ in run_tasks(square, lambda i: i, 50, workers=1, flag=flag):
            seen.append(index)
            flag.stopped = index == 4
    assert seen == [0, 1, 2, 3, 4]
