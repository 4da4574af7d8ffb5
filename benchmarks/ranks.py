"""One process against two, of one thread each, on workload A (a MAML step of 4 tasks), in turns.

    OMP_NUM_THREADS=1 python benchmarks/ranks.py [--repeats 15] [--steps 5]

All are timed in one session of torchrun, in turns: the first process does the whole step while the second waits; then
both do their part and sum; then both do their part and keep it, which is as fast as two processes can be on this
machine, whatever they exchange (two cores share memory and arithmetic units). Wall time depends on what else
the machine does; the processors' time of the slower process says what the division itself gives.
"""
import argparse, os, statistics, subprocess, sys, time
from pathlib import Path
sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
import torch
import torch.distributed as dist
from bench import LR, STEPS, images
from gssl.backbones import Conv4
from gssl.core import keep_memory, seeded
from gssl.maml import MAML
from gssl.ranks import Share, join, rank, wait_for_all, world

def learner()->tuple:
    with seeded(0, 'net'):
        net = MAML(Conv4(size=28, way=5), LR, STEPS)
    return net, torch.optim.Adam(net.parameters())

def timed(f, steps:int)->list: # wall seconds, processor seconds
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(steps):
        f()
    return [(time.perf_counter()-wall)/steps, (time.process_time()-cpu)/steps]

def measure(repeats:int, steps:int):
    join()
    keep_memory() # as the gssl command does
    torch.set_num_threads(1)
    batch = images('A')
    (alone, adam), (shared, other), (apart, third) = learner(), learner(), learner()
    part = Share(other)
    mine = batch[part.of(batch.n_tasks)]
    one, two, limit = [], [], []
    for i in range(repeats+1):
        wait_for_all()
        a = timed(lambda: alone.step(batch, adam), steps) if rank()==0 else None
        wait_for_all()
        b = timed(lambda: part.numbers(shared.step(mine, other)), steps)
        wait_for_all()
        c = timed(lambda: apart.step(mine, third), steps)
        every = [None]*world()
        dist.all_gather_object(every, (b, c))
        if i and rank()==0: # the first is warming up
            one.append(a)
            for times,j in ((two, 0), (limit, 1)):
                times.append([max(e[j][k] for e in every) for k in (0,1)])
    if rank()==0:
        for k,name in enumerate(('wall', 'processor')):
            for what,times in ((f'{world()} processes', two), ('no exchange', limit)):
                ratios = sorted(a[k]/b[k] for a,b in zip(one, times))
                quarter = len(ratios)//4
                ms = [1000*statistics.median(x[k] for x in xs) for xs in (one, times)]
                middle = f'middle half {ratios[quarter]:.2f} to {ratios[-1-quarter]:.2f}, {len(ratios)} repeats'
                faster = f'{statistics.median(ratios):.2f} times as fast ({middle})'
                print(f'{name} time: {ms[0]:.0f} ms by one, {ms[1]:.0f} by {what}; {faster}')

if __name__=='__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeats', type=int, default=15)
    parser.add_argument('--steps', type=int, default=5)
    a = parser.parse_args()
    if world()>1:
        measure(a.repeats, a.steps)
    else:
        launch = [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2', __file__]
        env = dict(os.environ, OMP_NUM_THREADS='1')
        sys.exit(subprocess.run([*launch, '--repeats', str(a.repeats), '--steps', str(a.steps)], env=env).returncode)
