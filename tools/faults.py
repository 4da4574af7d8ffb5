"""Kill -9 at random moments, then the same command again: the result equals the undisturbed one, bit for bit.

`make faults` runs all thirty kills; `python tools/faults.py --kills 1 sweep` one of one kind. A line a kill, then a
verdict; the exit status is 1 where anything differs. On the CPU, one thread, so that a sum has one order."""
import argparse, json, os, random, shutil, signal, sys, tempfile, time, traceback
from pathlib import Path

os.environ['OMP_NUM_THREADS'] = '1'
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
import gssl.classify, gssl.gentrain, gssl.loop, gssl.mpssl, gssl.runner, gssl.training  # noqa: E402
from gssl.cli import main as main_of_gssl  # noqa: E402
from gssl.records import read_records  # noqa: E402
from safetensors import safe_open  # noqa: E402

FEW = ('--meta-batch', '2', '--test-tasks', '4', '--seed', '3')
KINDS = { # name -> command line, without --out; kills of thirty
    'generator': (('generator', '--data', 'digits', '--epochs', '5', '--width', '0.25', '--seed', '3'), 5),
    'msgan': (('generator', '--kind', 'msgan', '--data', 'digits', '--epochs', '3', '--width', '0.1'), 3),
    'maml': (('fewshot', '--generator', 'vae-glyphs', '--test-steps', '2', '--iterations', '12', *FEW), 5),
    'protonets': (('fewshot', '--generator', 'vae-glyphs', '--learner', 'protonets', '--iterations', '30', *FEW), 3),
    'ssml': (('fewshot', '--source', 'ssml', '--generator', 'vae-glyphs', '--labels', '30', '--learner', 'protonets',
              '--iterations', '30', *FEW), 4),
    'mpssl': (('classify', '--steps', '25', '--batch', '16', '--seed', '3'), 5),
    'sweep': (('run', 'glyphs', '--rows', 'RO-VAE', '--columns', '1', '--seeds', '1', '--iterations', '6',
               '--test-tasks', '2', '--generator-epochs', '1', '--generator-width', '0.1'), 5)}
LOOSE = ('seconds', 'seconds_of', 'began', 'versions', 'hardware')

def often(*args, **kw):
    "`fit`, which saves every few steps instead of every half minute: there is more to be killed at"
    return gssl.loop.fit(*args[:5], **{**kw, 'save_every': .02})

def start(args, said)->int:
    "The command in a process of its own, forked so that a kill costs no import; what it says goes to the file `said`"
    pid = os.fork()
    if pid: return pid
    code = 70
    try:
        os.setsid()
        with open(said, 'w') as f:
            for stream in (1, 2): os.dup2(f.fileno(), stream)
        for room in (gssl.training, gssl.gentrain, gssl.mpssl): room.fit = often
        code = main_of_gssl([str(a) for a in args])
    except BaseException as e:
        code = e.code if isinstance(e, SystemExit) else traceback.print_exc() or 70
    finally:
        sys.stdout.flush()
        os._exit(code)

def finish(args, out)->tuple:
    "Run to the end; seconds until the first checkpoint, and in all"
    began, first = time.monotonic(), None
    said = out.with_suffix('.said')
    pid = start((*args, '--out', out), said)
    while os.waitpid(pid, os.WNOHANG)==(0,0):
        if first is None and saved(out): first = time.monotonic()-began
        time.sleep(.01)
    # the status is taken by then; a run that failed has left no record
    if not any(out.rglob('record*.json')):
        raise SystemExit(f"{' '.join(args)} failed: {said.read_text()[-2000:]}")
    total = time.monotonic()-began
    return total if first is None else first, total

def saved(out)->bool:
    return next(out.rglob('state*.safetensors'), None) is not None

def kill(args, out, after:float, at:str)->bool:
    "Kill a run, and all it started, so long after its first checkpoint (or its start); false if it was through before"
    pid, began = start((*args, '--out', out), out.with_suffix('.said')), None
    if at=='start': began = time.monotonic()
    while os.waitpid(pid, os.WNOHANG)==(0,0):
        if began is None and saved(out): began = time.monotonic()
        if began is not None and time.monotonic()-began>=after:
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return True
        time.sleep(.001)
    return False

def loose(d):
    "Without what a clock says"
    if not isinstance(d, dict): return d
    return {k:loose(v) for k,v in d.items() if k not in LOOSE}

def content(path):
    "What must be the same of a file"
    if path.suffix=='.safetensors':
        with safe_open(path, 'np') as f:
            return {k:(a.dtype.str, a.shape, a.tobytes()) for k in f.keys() for a in [f.get_tensor(k)]}
    if path.suffix=='.json': d = loose(json.loads(path.read_text()))
    if path.name.endswith('.sweep.json'): # what the last command had to do: what was done before needs nothing
        return d | dict(cells=[c for c in d['cells'] if c['row']!='needed'])
    if path.suffix=='.json': return d
    if path.name=='log.jsonl': return path.read_text()
    if path.suffix=='.jsonl':
        return [loose(r) for r in read_records(path)]
    return None

def differ(a, b):
    "Files of two folders that differ; the checkpoint before the last falls where the clock has it"
    def files(d):
        return {p.relative_to(d) for p in d.rglob('*') if p.is_file() and p.name[0]!='.' and 'previous' not in p.name}
    here, there = files(a), files(b)
    return sorted(map(str, here^there)) + sorted(str(p) for p in here&there if content(a/p)!=content(b/p))

def trial(command, whole, first:float, total:float, rng, top):
    "One kill, or two in a row, and then the end: at what moments, and what differs"
    out, moments = top/'killed', []
    shutil.rmtree(out, ignore_errors=True)
    for _ in range(rng.choice((1,1,2))):
        at = rng.choice(('start','checkpoint','checkpoint','checkpoint'))
        after = rng.uniform(0, total if at=='start' else total-first)
        if kill(command, out, after, at):
            moments.append(f'{after:.2f} s after the {"start" if at=="start" else "first checkpoint"}')
    finish(command, out)
    return moments, differ(whole, out)

def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('kinds', nargs='*', metavar='KIND', help=', '.join(KINDS))
    parser.add_argument('--kills', type=int, help='of each kind, in place of its share of thirty')
    parser.add_argument('--seed', type=int, default=0, help='of the moments')
    args = parser.parse_args()
    if unknown := set(args.kinds)-set(KINDS):
        raise SystemExit(f"no kind {', '.join(unknown)}: choose among {', '.join(KINDS)}")
    rng, done, wrong = random.Random(args.seed), 0, 0
    for name in args.kinds or KINDS:
        command, kills = KINDS[name]
        with tempfile.TemporaryDirectory() as d:
            top = Path(d)
            first, total = finish(command, top/'whole')
            here = 0
            while here<(args.kills or kills):
                moments, bad = trial(command, top/'whole', first, total, rng, top)
                if not moments: continue # it was through before
                here, done, wrong = here+1, done+1, wrong+bool(bad)
                print(f"{name:10} killed {' and '.join(moments)} (of {total:.1f} s): "
                      + ('differs: '+', '.join(bad) if bad else 'the same'), flush=True)
    print(f'{done-wrong} of {done} the same, bit for bit')
    return wrong>0

if __name__=='__main__':
    sys.exit(main())
