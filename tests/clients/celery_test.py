#!/usr/bin/python3 -B
"""usage: celery_test.py DAEMON [PORT_OPTION]

Keeps the results of Celery's tasks in the server, through pylibmc. A worker in this process works
the tasks off. They reach it over a broker in memory; their results come back over the server only.
"""

import contextlib
import sys
import threading

try:
    import celery
    from celery import chain, chord, group
    from celery.contrib.testing.worker import start_worker
    from celery.result import GroupResult
except ImportError:
    sys.exit("Celery is missing: apt-get install python3-celery")
try:
    import pylibmc
except ImportError:
    sys.exit("pylibmc is missing: apt-get install python3-pylibmc")

from client_checks import must_raise, require, run
from server_process import DEADLINE_S, wait_until

# A task of hold() ends when this is set.
released = threading.Event()


@celery.shared_task
def add(*numbers):
    return sum(numbers)


@celery.shared_task
def total(numbers):
    return sum(numbers)


@celery.shared_task
def fail(text):
    raise ValueError(text)


@celery.shared_task
def text(length):
    return "x" * length


@celery.shared_task
def hold():
    released.wait(DEADLINE_S)


@contextlib.contextmanager
def working(server, expires=1000):
    """An application whose worker runs; its results end after that many seconds."""
    app = celery.Celery(broker="memory://", backend=f"cache+memcached://{server.address}/",
                        set_as_current=True)
    app.conf.update(result_expires=expires, task_track_started=True,
                    broker_transport_options={"polling_interval": 0.01})
    with start_worker(app, perform_ping_check=False, loglevel="critical"):
        yield app


def got(result):
    return result.get(timeout=DEADLINE_S, interval=0.01)


def check_result(server):
    with working(server) as app:
        result = add.delay(1, 2)
        require(got(result), 3)
        # Another object has nothing of it but its name.
        again = app.AsyncResult(result.id)
        require([again.state, again.result, again.successful()], ["SUCCESS", 3, True])
        require('"result": 3' in app.backend.client.get(app.backend.get_key_for_task(result.id)),
                True)


def check_states(server):
    released.clear()
    with working(server) as app:
        require(app.AsyncResult("unknown").state, "PENDING")
        result = hold.delay()
        wait_until(lambda: app.AsyncResult(result.id).state == "STARTED", "the task is started")
        require(result.ready(), False)
        released.set()
        require(got(result), None)
        require(app.AsyncResult(result.id).state, "SUCCESS")


def check_failure(server):
    with working(server) as app:
        result = fail.delay("because")
        require(str(must_raise(ValueError, got, result)), "because")
        again = app.AsyncResult(result.id)
        require([again.state, again.failed()], ["FAILURE", True])
        require("raise ValueError(text)" in again.traceback, True)


def check_large_result(server):
    with working(server):
        require(got(text.delay(900_000)), "x" * 900_000)


def check_forget(server):
    with working(server) as app:
        result = add.delay(1, 2)
        require(got(result), 3)
        result.forget()
        require(app.AsyncResult(result.id).state, "PENDING")


def check_chain(server):
    with working(server):
        result = chain(add.s(1, 2), add.s(10), add.s(100)).delay()
        require(got(result), 113)
        require(got(result.parent), 13)


def check_group(server):
    """Waits with one get_multi for all that are not there yet."""
    with working(server) as app:
        results = group(add.s(i, i) for i in range(100)).delay()
        require(got(results), [2 * i for i in range(100)])
        results.save()
        restored = GroupResult.restore(results.id, app=app)
        require([restored.completed_count(), restored.successful()], [100, True])
        results.delete()
        require(GroupResult.restore(results.id, app=app), None)


def check_chord(server):
    """The worker counts with incr how many parts have ended."""
    with working(server):
        result = chord([add.s(i, 1) for i in range(20)])(total.s())
        require(got(result), 210)


def check_chord_with_failure(server):
    with working(server):
        result = chord([add.s(1, 2), fail.s("a part")])(total.s())
        # Whichever Celery meets first: the chord's error or that of the part that it waits for.
        error = must_raise((celery.exceptions.ChordError, ValueError), got, result)
        require("a part" in str(error), True)


def check_expiry(server):
    with working(server, expires=2) as app:
        ends, stays = add.delay(1, 2), add.delay(3, 4)
        require([got(ends), got(stays)], [3, 7])
        app.backend.expire(app.backend.get_key_for_task(stays.id), 1000)
        wait_until(lambda: app.AsyncResult(ends.id).state == "PENDING", "a result ends")
        require(app.AsyncResult(stays.id).result, 7)


if __name__ == "__main__":
    run("Celery", f"{celery.__version__} (pylibmc {pylibmc.__version__})",
        [check for name, check in list(globals().items()) if name.startswith("check_")])
