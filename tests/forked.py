"""Commands in processes of their own, forked from a server that has torch already: a start costs no import.

`often` shortens the time between checkpoints, half a minute otherwise: there is more to be killed at."""
import functools, multiprocessing, os, resource, sys, traceback
import gssl.fewshot, gssl.trained
from gssl.cli import main

context = multiprocessing.get_context('forkserver')
context.set_forkserver_preload(['gssl.fewshot','gssl.trained','gssl.cli']) # found by PYTHONPATH

def often():
    gssl.fewshot.meta_train = functools.partial(gssl.fewshot.meta_train, save_every=0., log_every=2)
    gssl.trained.train_generator = functools.partial(gssl.trained.train_generator, checkpoint_seconds=0.)

def typed(args, said, most, saves_often):
    "What a command's process does; what it prints goes to the file `said`, no file grows beyond `most` bytes"
    with open(said, 'w') as f:
        for number in (1,2): os.dup2(f.fileno(), number)
    if most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    if saves_often: often()
    try: code = main(args)
    except SystemExit as e: code = e.code
    except BaseException: code = traceback.print_exc() or 70
    sys.stdout.flush()
    os._exit(code or 0)

def start(args, said, most=None, saves_often=True):
    "Start a command"
    p = context.Process(target=typed, args=([str(a) for a in args], str(said), most, saves_often), daemon=True)
    p.start()
    return p
