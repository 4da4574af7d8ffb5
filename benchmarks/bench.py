"""Times gssl's meta-learners against their peers, interleaved in one process; see README.md beside this file.

    python benchmarks/bench.py [--workloads A B C D E] [--repeats 9] [--out benchmarks/latest.json]
"""
import argparse, copy, json, platform, statistics, subprocess, sys, time
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import torch
import torch.nn.functional as F
from torch import nn
from gssl.backbones import Conv4
from gssl.core import Draw, hardware, seeded, versions
from gssl.maml import MAML
from gssl.protonets import ProtoNet
from gssl.tasks import TaskBatch, make_batch

LR, STEPS, EVAL_STEPS = .1, 5, 50
WORKLOADS = { # what is timed, image side, channels, tasks, queries a class
    'A': ('MAML step, 28x28, 4 tasks', 28, 1, 4, 5),
    'B': ('MAML step, 28x28, 32 tasks', 28, 1, 32, 5),
    'C': ('MAML step, 84x84, 4 tasks', 84, 3, 4, 5),
    'D': ('MAML evaluation, 28x28, 50 steps, 8 tasks', 28, 1, 8, 15),
    'E': ('ProtoNets step, 28x28, 4 tasks', 28, 1, 4, 5),
    'F': ('ProtoNets step, 84x84, 4 tasks', 84, 3, 4, 5),
}

def images(name, seed=0)->TaskBatch:
    "Smooth random images, one prototype a class: learnable, made in an instant, the same everywhere"
    _, size, c, T, Q = WORKLOADS[name]
    draw = Draw(seed)
    coarse = draw.normal(T, 5, 1, c, 7, 7, stream='class') + .5*draw.normal(T, 5, 1+Q, c, 7, 7, stream='image')
    x = F.interpolate(coarse.flatten(0,2), size=(size,size), mode='bilinear')
    return make_batch(x.view(T, 5, 1+Q, c, size, size).sigmoid(), shot=1)

class Standard(nn.Sequential):
    "The same network from PyTorch's own layers, as a peer's user writes it"
    def __init__(self, c, size, way=5):
        layers = []
        for i in range(4):
            conv = nn.Conv2d(64 if i else c, 64, 3, padding=1, bias=False)
            layers += [conv, nn.BatchNorm2d(64, track_running_stats=False), nn.ReLU(), nn.MaxPool2d(2)]
            size = size//2
        layers.append(nn.Flatten())
        if way: layers.append(nn.Linear(64*size*size, way))
        super().__init__(*layers)

def copied(net:Conv4, way=5)->Standard:
    "The standard network with `net`'s weights"
    out = Standard(net.in_channels, net.size, way)
    with torch.no_grad():
        for p,q in zip(out.parameters(), in_order(net)):
            p.copy_(q)
    return out

def in_order(net): # Conv4's parameters in Standard's order
    for b in net.blocks:
        yield from (b.weight, b.bn_weight, b.bn_bias)
    if net.way: yield from (net.head.weight, net.head.bias)

# ---- peers: each takes a network and gives a function batch -> loss that leaves gradients, or batch -> accuracies

def clone_module(module):
    "learn2learn's clone: the same module with differentiable copies of its parameters"
    clone = module.__new__(type(module))
    clone.__dict__ = module.__dict__.copy()
    clone._parameters = {k: p.clone() if p is not None else None for k,p in module._parameters.items()}
    clone._modules = {k: clone_module(m) for k,m in module._modules.items()}
    return clone

def update_module(module, updates):
    "learn2learn's differentiable update, in place in the clone"
    for k,p in module._parameters.items():
        if p is not None:
            module._parameters[k] = p + next(updates)
    for m in module._modules.values(): update_module(m, updates)

def all_parameters(module):
    yield from (p for p in module._parameters.values() if p is not None)
    for m in module._modules.values():
        yield from all_parameters(m)

def each_task(batch):
    return zip(batch.support_x, batch.support_y, batch.query_x, batch.query_y)

def learn2learn(net):
    """learn2learn's MAML wrapper: clone, adapt, backward, task by task
    (written again: the package does not install on Python 3.11)"""
    def detached(p):
        return None if p is None else p.detach().requires_grad_()
    def adapt(sx, sy, steps, second):
        learner = clone_module(net)
        for _ in range(steps):
            params = list(all_parameters(learner))
            loss = F.cross_entropy(learner(sx), sy)
            grads = torch.autograd.grad(loss, params, retain_graph=second, create_graph=second)
            update_module(learner, (-LR*g for g in grads))
            if not second:
                for m in learner.modules():
                    m._parameters = {k: detached(p) for k,p in m._parameters.items()}
        return learner
    def step(batch):
        total = 0.
        for sx,sy,qx,qy in each_task(batch):
            loss = F.cross_entropy(adapt(sx, sy, STEPS, True)(qx), qy)/batch.n_tasks
            loss.backward()
            total += loss.item()
        return total
    def evaluate(batch):
        out = []
        for sx,sy,qx,qy in each_task(batch):
            learner = adapt(sx, sy, EVAL_STEPS, False)
            with torch.no_grad():
                out.append((learner(qx).argmax(1)==qy).float().mean())
        return torch.stack(out)
    return step, evaluate

def higher(net):
    "facebookresearch/higher 0.2.1"
    import higher
    inner = torch.optim.SGD(net.parameters(), lr=LR)
    def step(batch):
        total = 0.
        for sx,sy,qx,qy in each_task(batch):
            with higher.innerloop_ctx(net, inner, copy_initial_weights=False) as (fnet, diffopt):
                for _ in range(STEPS):
                    diffopt.step(F.cross_entropy(fnet(sx), sy))
                loss = F.cross_entropy(fnet(qx), qy)/batch.n_tasks
                loss.backward()
                total += loss.item()
        return total
    def evaluate(batch):
        out = []
        for sx,sy,qx,qy in each_task(batch):
            with higher.innerloop_ctx(net, inner, track_higher_grads=False) as (fnet, diffopt):
                for _ in range(EVAL_STEPS):
                    diffopt.step(F.cross_entropy(fnet(sx), sy))
                with torch.no_grad():
                    out.append((fnet(qx).argmax(1)==qy).float().mean())
        return torch.stack(out)
    return step, evaluate

def torchopt(net):
    "TorchOpt 0.7.3's MetaSGD"
    import torchopt
    def step(batch):
        total = 0.
        inner = torchopt.MetaSGD(net, lr=LR)
        start = torchopt.extract_state_dict(net, by='reference', detach_buffers=True)
        state = torchopt.extract_state_dict(inner, by='reference')
        for sx,sy,qx,qy in each_task(batch):
            for _ in range(STEPS):
                inner.step(F.cross_entropy(net(sx), sy))
            loss = F.cross_entropy(net(qx), qy)/batch.n_tasks
            loss.backward()
            total += loss.item()
            torchopt.recover_state_dict(net, start)
            torchopt.recover_state_dict(inner, state)
        return total
    def evaluate(batch): # plain SGD on a copy: a meta-optimiser would keep the graph of all steps
        out = []
        for sx,sy,qx,qy in each_task(batch):
            n = copy.deepcopy(net)
            opt = torch.optim.SGD(n.parameters(), lr=LR)
            for _ in range(EVAL_STEPS):
                opt.zero_grad()
                F.cross_entropy(n(sx), sy).backward()
                opt.step()
            with torch.no_grad():
                out.append((n(qx).argmax(1)==qy).float().mean())
        return torch.stack(out)
    return step, evaluate

def easyfsl(net):
    "easyfsl 1.5's PrototypicalNetworks"
    from easyfsl.methods import PrototypicalNetworks
    model = PrototypicalNetworks(net)
    def step(batch):
        total = 0.
        for sx,sy,qx,qy in each_task(batch):
            model.process_support_set(sx, sy)
            loss = F.cross_entropy(model(qx), qy)/batch.n_tasks
            loss.backward()
            total += loss.item()
        return total
    return step, None

def gssl_maml(net, **kw):
    learner = MAML(net, inner_lr=LR, steps=STEPS, **kw)
    return learner.backward, lambda batch: learner.accuracy(batch, EVAL_STEPS)

def loop(net): return gssl_maml(net, fast=False)

def gssl_protonets(net): return ProtoNet(net).backward, None

PEERS = {'MAML': dict(loop=loop, learn2learn=learn2learn, higher=higher, torchopt=torchopt),
         'Prot': dict(easyfsl=easyfsl)}

def contestants(name, only=None):
    "name -> (step, evaluate, parameters), all starting from the same weights"
    what, size, c, _, _ = WORKLOADS[name]
    proto = what.startswith('Proto')
    with seeded(0):
        net = Conv4(c, size, None if proto else 5, bn_weight=True)
    makers = {'gssl': gssl_protonets if proto else gssl_maml} | PEERS[what[:4]]
    out = {}
    for peer,make in makers.items():
        if only and peer!=only: continue
        mine = copy.deepcopy(net) if peer in ('gssl','loop') else copied(net, None if proto else 5)
        params = list(mine.parameters() if isinstance(mine, Standard) else in_order(mine))
        try:
            out[peer] = (*make(mine), params)
        except ImportError as e:
            print(f'  {peer} left out: {e}', file=sys.stderr)
    return out

def call(name, step, evaluate, params, optimizer, batch):
    "The timed work: a meta-step with its Adam update, or an evaluation"
    if name=='D': return evaluate(batch)
    optimizer.zero_grad()
    out = step(batch)
    optimizer.step()
    return out

def synchronize():
    if torch.cuda.is_available(): torch.cuda.synchronize()

def time_all(name, repeats, peers=None, clock=time.perf_counter):
    "peer -> milliseconds of every repeat, taken in turns"
    batch, ms = images(name), {}
    entries = {p:(*c, torch.optim.Adam(c[2], 1e-3)) for p,c in contestants(name).items() if not peers or p in peers}
    for r in range(-2, repeats):
        for peer,c in entries.items():
            start = clock()
            call(name, *c, batch)
            synchronize()
            if r>=0:
                ms.setdefault(peer, []).append((clock()-start)*1e3)
    return ms

def gradients(name, dtype=torch.float32, seed=0, only=None):
    "peer -> outer gradient as one vector; the tasks are fewer and the images the workload's"
    batch, out = images(name, seed)[:2].to(dtype=dtype), {}
    for peer,(step,_,params) in contestants(name).items():
        if only and peer not in only: continue
        for p in params: p.data = p.data.to(dtype)
        step(batch)
        out[peer] = torch.cat([p.grad.flatten() for p in params]).double()
    return out

def agreement(name):
    """Largest difference of the outer gradient from the plain loop's, relative to its norm.
    float64 at one seed; float32 from the loop's float64, a median of 8 seeds, ours and the loop's"""
    def off(g, true):
        return {p:float((v-true).norm()/true.norm()) for p,v in g.items()}
    exact, many = gradients(name, torch.float64), []
    for seed in range(8):
        true = gradients(name, torch.float64, seed, ('loop',))['loop']
        many.append(off(gradients(name, seed=seed, only=('gssl','loop')), true))
    return off(exact, exact['loop']), {p:statistics.median(m[p] for m in many) for p in many[0]}

def peak_mb(name, peer):
    "Growth of a fresh process's peak memory over one step, in MB"
    code = f"""import sys
sys.argv = ['bench']
sys.path.insert(0, {str(Path(__file__).parent)!r})
import bench
bench.print_peak({name!r}, {peer!r})"""
    r = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    return float(r.stdout.split()[-1])

def print_peak(name, peer):
    (step, evaluate, params), = contestants(name, peer).values()
    optimizer, batch = torch.optim.Adam(params, 1e-3), images(name)
    F.conv2d(torch.rand(2,3,8,8), torch.rand(4,3,3,3))
    before = memory('VmRSS', reset=True)
    call(name, step, evaluate, params, optimizer, batch)
    print(memory('VmHWM')-before)

def memory(what, reset=False):
    "This process's resident memory (VmRSS) or its peak (VmHWM) since a reset, in MB; Linux only"
    if reset:
        Path('/proc/self/clear_refs').write_text('5') # forgets the peak, which importing torch set
    line, = (l for l in Path('/proc/self/status').read_text().splitlines() if l.startswith(what))
    return int(line.split()[1])/1024

def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('--workloads', nargs='*', default=list(WORKLOADS))
    ap.add_argument('--repeats', type=int, default=9)
    ap.add_argument('--threads', type=int, default=None)
    ap.add_argument('--out', default=None)
    ap.add_argument('--quick', action='store_true', help='times only')
    ap.add_argument('--peers', nargs='*', default=None)
    ap.add_argument('--cpu-time', action='store_true',
                    help='count processor time: for a machine that is shared, with --threads 1')
    args = ap.parse_args()
    clock = time.process_time if args.cpu_time else time.perf_counter
    if args.threads: torch.set_num_threads(args.threads)
    rows = []
    for name in args.workloads:
        ms = time_all(name, args.repeats, args.peers, clock)
        median = {p:statistics.median(v) for p,v in ms.items()}
        mb = {} if args.quick else {p:peak_mb(name,p) for p in median}
        exact, single = ({}, {}) if args.quick or name in 'DEF' else agreement(name)
        fastest = min((p for p in median if p!='gssl'), key=median.get, default=None)
        print(f'{name}: {WORKLOADS[name][0]}')
        for p in median:
            ratio = statistics.median(a/b for a,b in zip(ms[p], ms['gssl']))
            said = f'  {p:12} {median[p]:8.1f} ms  {ratio:5.2f}x'
            if mb: said += f'  {mb[p]:6.0f} MB'
            if exact: said += f'  gradient: float64 {exact[p]:.0e}'
            if p in single: said += f', float32 {single[p]:.0e}'
            if p==fastest: said += '  <- fastest peer'
            print(said, flush=True)
            if p!='gssl':
                rows.append(dict(
                    workload=name, what=WORKLOADS[name][0], peer=p, ratio=round(ratio,3),
                    ours_ms=round(median['gssl'],2), peer_ms=round(median[p],2),
                    ours_mb=round(mb['gssl']) if mb else None, peer_mb=round(mb[p]) if mb else None,
                    float64_difference=exact.get('gssl'),
                    float32_ours=single.get('gssl'), float32_peer=single.get(p), repeats=args.repeats,
                    hardware=dict(hardware(), processor=platform.processor() or platform.machine()),
                    versions=versions()))
        if args.out: save(Path(args.out), rows)

def save(path, rows):
    "Write the rows; those of workloads that were not timed stay"
    old = json.loads(path.read_text()) if path.exists() else []
    new = {r['workload'] for r in rows}
    rows = [r for r in old if r['workload'] not in new]+rows
    path.write_text(json.dumps(sorted(rows, key=lambda r: r['workload']), indent=1)+'\n')

if __name__=='__main__': main()
