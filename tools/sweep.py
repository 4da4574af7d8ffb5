"""A sweep of forty cells on every executor, and one that is killed three times: identical, and at which price.

    python tools/sweep.py [--cells 40] [--executors here local ray slurm] [--kills 3] [--out DIR]

Prints the seconds that each executor adds to a cell, and their share where a cell takes 30 s. On a busy machine they
are the neighbours'; processor seconds are not, but Ray's processes are no children and go uncounted.
"""
import argparse, os, random, resource, signal, subprocess, sys, tempfile, time
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from gssl.records import read_records
from gssl.runner import TABLES, Table, run_table

def table(n:int)->Table:
    "So many quick cells: probes of a few labelled digits"
    probes = {p: dict(probe=p) for p in ('logistic','svm')}
    labels = {f'{k} labels': dict(labels_per_class=k) for k in (1,2)}
    return Table('A sweep', 'rival', probes, labels, seeds=str(max(1, n//4)))

def swept(out:Path, n:int, executor:str, jobs:int, say=lambda line: None):
    TABLES['sweep'] = table(n)
    on = dict(cluster='local') if executor=='slurm' else {}
    name = 'local' if executor=='here' else executor
    run_table('sweep', out, say=say, quiet=True, device='cpu', executor=name, jobs=jobs, on=on)

def what_matters(out:Path)->list:
    records = read_records(out/'sweep.jsonl')
    return [{k:v for k,v in r.items() if k not in ('seconds','seconds_of','hardware')} for r in records]

def started(out:Path, n:int)->subprocess.Popen:
    code = f'import sys; sys.path[:0] = ["tools"]; import sweep; sweep.swept(sweep.Path({str(out)!r}), {n}, "local", 2)'
    return subprocess.Popen([sys.executable, '-c', code], cwd=Path(__file__).parents[1], stderr=subprocess.DEVNULL)

def kill(out:Path, n:int, times:int, rng:random.Random):
    "Run a sweep in two processes; kill -9 one of the three so often, at random moments; start it again where it ended"
    p = started(out, n)
    for goal in sorted(rng.sample(range(1, n-1), times)):
        while len(list(out.glob('cells/*/record.json')))<goal:
            if p.poll() is not None:
                p = started(out, n)
            time.sleep(.05)
        workers = subprocess.run(['pgrep','-P',str(p.pid)], capture_output=True, text=True).stdout.split()
        victim = rng.choice([p.pid, *map(int, workers)])
        try: os.kill(victim, signal.SIGKILL)
        except ProcessLookupError: continue
        print(f"killed {'the scheduler' if victim==p.pid else 'a worker'} when {goal} cells were done", flush=True)
    p.wait()

def cpu_seconds()->float:
    "Processor seconds of this process and of its children that ended"
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--cells', type=int, default=40)
    parser.add_argument('--executors', nargs='+', default=['here','local','ray','slurm'])
    parser.add_argument('--kills', type=int, default=3)
    parser.add_argument('--out', default=None)
    a = parser.parse_args()
    top = Path(a.out or tempfile.mkdtemp())
    first = None
    for name in a.executors:
        jobs, start, cpu = 1 if name=='here' else 2, time.monotonic(), cpu_seconds()
        swept(top/name, a.cells, name, jobs)
        wall = time.monotonic()-start
        records = read_records(top/name/'sweep.jsonl')
        own = sum(r['seconds'] for r in records)
        more = max(0., wall*jobs-own)/len(records)
        first = first or what_matters(top/name)
        same = what_matters(top/name)==first
        print(f"{name}, {jobs} at once: {len(records)} cells in {wall:.1f} s, {own:.1f} s of work in them; "
              f"{more:.2f} s more a cell, {100*more/30:.1f}% of 30 s; "
              f"{cpu_seconds()-cpu:.1f} processor seconds in all; {'' if same else 'NOT '}identical", flush=True)
        assert same
    if not a.kills:
        return
    kill(top/'killed', a.cells, a.kills, random.Random(0))
    swept(top/'killed', a.cells, 'local', 2)
    assert what_matters(top/'killed')==first
    print(f'killed {a.kills} times: complete and identical')

if __name__=='__main__':
    main()
