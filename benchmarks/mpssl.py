"""What a step of MP-SSL costs beside a step of naive gSSL (FreeMatch on random images) of the same batch.
Time is taken in turns in one process, memory in fresh ones.

    python benchmarks/mpssl.py [--workloads small big-8 big-32] [--threads 1 --cpu-time] [--out benchmarks/mpssl.json]
"""
import argparse, statistics, subprocess, sys, time
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import torch
from bench import memory, save
from gssl.config import configure
from gssl.core import hardware, versions
from gssl.mpssl import SSL, Trial, ssl_step

VARIANTS = {
    'naive gSSL': dict(unlabelled='uniform', loss='freematch'),
    'SCR, no LMO': dict(unlabelled='uniform', loss='scr'),
    'MP-SSL': dict(),
    'MP-SSL, share 1, line 10': dict(share=1., regenerate=True),
    'MP-SSL, exact': dict(how='exact')}
# what is trained, image shape, classes, batch, variants, repeats: the large ones as much as two cores allow
WORKLOADS = {
    'small':  ('the shipped letters, the small ResNet at 28 pixels, batch 64',
               (1,28,28), 10, 64, tuple(VARIANTS), 9),
    'big-8':  ('BigGAN-deep-128 (random weights), ResNet-18 at 224 pixels, batch 8',
               (3,224,224), 8, 8, ('naive gSSL','SCR, no LMO','MP-SSL'), 3),
    'big-32': ('BigGAN-deep-128 (random weights), ResNet-18 at 224 pixels, batch 32',
               (3,224,224), 10, 32, ('naive gSSL','MP-SSL'), 1)}

def trial(name, variant)->Trial:
    _, shape, n, batch, *_ = WORKLOADS[name]
    G = None
    if name!='small':
        from gssl.foundation import BigGAN, random_biggan
        G = BigGAN(random_biggan())
    random = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (max(batch,n), *shape), dtype=torch.uint8, generator=random)
    labels = torch.arange(len(images))%n
    cfg = configure(SSL(), dict(batch=batch, steps=100, **VARIANTS[variant]))
    return Trial(cfg, images, labels, n, generator=G, quiet=True)

def times(name, variants, repeats, clock)->dict: # variant -> milliseconds of each repeat
    "One step of each, in turns; the first turn is not counted"
    trials, ms = {v:trial(name,v) for v in variants}, {v:[] for v in variants}
    for s in range(repeats+1):
        for v,t in (list(trials.items())[::-1] if s%2 else trials.items()):
            start = clock()
            ssl_step(t, s)
            ms[v].append(1e3*(clock()-start))
    return {v:m[1:] for v,m in ms.items()}

def peak(name, variant, threads)->tuple: # growth over two steps, the whole process's peak; MB
    code = f"""import sys
sys.path.insert(0, {str(Path(__file__).resolve().parent)!r})
import torch, mpssl
if {threads}: torch.set_num_threads({threads})
mpssl.print_peak({name!r}, {variant!r})"""
    r = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    return tuple(float(v) for v in r.stdout.split()[-2:])

def print_peak(name, variant):
    t = trial(name, variant)
    torch.nn.functional.conv2d(torch.rand(2,3,8,8), torch.rand(4,3,3,3))
    before = memory('VmRSS', reset=True)
    ssl_step(t, 0)
    ssl_step(t, 1)
    print(memory('VmHWM')-before, memory('VmHWM'))

def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('--workloads', nargs='*', default=list(WORKLOADS))
    ap.add_argument('--repeats', type=int, default=None, help="the workload's own by default")
    ap.add_argument('--threads', type=int, default=None)
    ap.add_argument('--out', default=None)
    ap.add_argument('--cpu-time', action='store_true',
                    help='count processor time: for a machine that is shared, with --threads 1')
    args = ap.parse_args()
    base = next(iter(VARIANTS))
    clock, timed = (time.process_time, 'processor') if args.cpu_time else (time.perf_counter, 'wall')
    if args.threads: torch.set_num_threads(args.threads)
    for name in args.workloads:
        *_, variants, repeats = WORKLOADS[name]
        repeats = args.repeats or repeats
        ms, rows = times(name, variants, repeats, clock), []
        mb = {v:peak(name,v,args.threads) for v in variants}
        print(f'{name}: {WORKLOADS[name][0]}')
        for v in variants:
            ratio = statistics.median(a/b for a,b in zip(ms[v], ms[base]))
            (step, process), (base_step, base_process) = mb[v], mb[base]
            row = dict(
                workload=name, what=WORKLOADS[name][0], variant=v,
                ratio=round(ratio,3), ms=round(statistics.median(ms[v]),1),
                step_mb=round(step), process_mb=round(process),
                step_memory_ratio=round(step/base_step,3), process_memory_ratio=round(process/base_process,3),
                repeats=repeats, clock=timed, hardware=hardware(), versions=versions())
            rows.append(row)
            print(f"  {v:26}{row['ms']:9.0f} ms  x{ratio:.2f}"
                  f"   step {step:6.0f} MB x{row['step_memory_ratio']:.2f}"
                  f"   process {process:6.0f} MB x{row['process_memory_ratio']:.2f}", flush=True)
        if args.out: save(Path(args.out), rows)

if __name__=='__main__': main()
