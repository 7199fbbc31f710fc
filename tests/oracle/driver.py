"""The judge of tenantgate as a function: JSON lines to and from tests/unit/judge_driver.c."""
import json
import os
import pathlib
import subprocess

from harness import paths

DRIVER = pathlib.Path(os.environ.get("JUDGE_DRIVER", paths.REPOSITORY / "build" / "tests" / "judge_driver")).absolute()


def judge(tasks):
    """What the judge says about each task: {"error": ..., "verdicts": [...]}."""
    text = "".join(json.dumps(task) + "\n" for task in tasks)
    done = subprocess.run([DRIVER], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(tasks)
    return answers
