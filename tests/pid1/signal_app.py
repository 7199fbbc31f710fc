"""An app that takes every signal and says each one's number: signal_app.py [HOW MANY]"""
import os
import signal
import sys

signals = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
signal.pthread_sigmask(signal.SIG_BLOCK, signals)
print("ready", os.getpid(), flush=True)
for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1000):
    print(int(signal.sigwaitinfo(signals).si_signo), flush=True)
