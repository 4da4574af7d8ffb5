"""The results of before December 2026, one JSON shape a kind of table, as records of today (room 05); none is lost.

    python tools/convert_records.py             read the old files from git, write nbs/experiments/records/*.jsonl
    python tools/convert_records.py --check     compare the files that are there with the old ones
"""
import argparse, json, subprocess, sys
from pathlib import Path
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from gssl.classify import SSLRun                     # noqa: E402
from gssl.config import configure, described, flag_of, key_of, leaves, rebuild # noqa: E402
from gssl.fewshot import FewShot, source_name        # noqa: E402
from gssl.ssml import LABELS_ONLY                    # noqa: E402
from gssl.records import flat, read_records, write_records # noqa: E402

RECORDS = 'nbs/experiments/records'
GRIDS = ('mpssl-small', 'mpssl-small-strong', 'mpssl-small-base', 'mpssl-small-pretrained', 'mpssl-small-ablations')
FIGURES = ('ssml-7-protonets', 'ssml-8-protonets')
# how generators that were a path were trained, all with seed 0: what tables.py, figures.py and the pages said
HALF = {'generator-width': .5, 'generator-precision': 'bfloat16'}
GENERATORS = {'omniglot-vae':    {'generator': 'vae',   'generator-epochs': 10},
              'omniglot-msgan':  {'generator': 'msgan', 'generator-epochs': 24, **HALF},
              'omniglot-ssgan-classes-5-seed0':  {'generator': 'ssgan', 'generator-epochs': 4, **HALF},
              'omniglot-ssgan-classes-20-seed0': {'generator': 'ssgan', 'generator-epochs': 12, **HALF},
              'miniimagenet-vae84': {'generator': 'vae84', 'generator-epochs': 5, **HALF}}
LMO = ('gap', 'gap_level', 'lam_gap', 'use_val', 'lmo_lr', 'how', 'chunk', 'share', 'regenerate', 'residual',
       'conditional', 'converter', 'tau')
RENAMED = {'lasium-1-5000': 'lasium-1-long'}

def old(name:str): # the file as it was last committed
    path = f'{RECORDS}/{name}.json'
    git = ['git', '-C', str(ROOT)]
    commit = subprocess.run([*git, 'log', '-1', '--diff-filter=AM', '--format=%H', '--', path],
                            capture_output=True, text=True, check=True).stdout.strip()
    return json.loads(subprocess.run([*git, 'show', f'{commit}:{path}'], capture_output=True, check=True).stdout)

def without(d:dict, names)->dict:
    return {k:v for k,v in d.items() if k not in names}

def fewshot(c:dict, r:dict)->FewShot: # a flat configuration, its record
    "The nested configuration; fields that say nothing for its kind of source and learner are left out"
    test = {'test_way': r['way'], 'test_shot': r['shot']}
    c = without(c, ('generator_epochs',)) | test | dict(shot=r.get('trained_shot', c['shot']))
    if c['learner']!='maml': c = without(c, ('inner_steps','first_order'))
    if c['learner']=='protonets':
        c = without(c, ('inner_lr','test_steps')) | dict(distance=c.get('distance','sum'))
    if c['source']=='labelled': c = without(c, ('strength','epsilon','view','decode','generator'))
    else:
        place = Path(c.pop('generator'))
        if c['learner']=='scratch' or c.get('mixture') in LABELS_ONLY: # nothing is generated: as the registry has it
            c, named = without(c, ('strength',)), f"{c['data']}-{place}"
            place = Path('generators')/named if named in GENERATORS else place
        made = GENERATORS[place.name] | {'generator-seed':0} if len(place.parts)>1 else dict(generator=str(place))
        c |= {k.replace('-','_'):v for k,v in made.items()}
    return configure(FewShot(), c)

def sslrun(c:dict)->SSLRun:
    if c['unlabelled']!='lmo': c = without(c, LMO)
    if c['loss'] in ('none','freematch'): c = without(c, ('mean_distance',))
    if c['loss']=='none': c = without(c, ('lam',))
    return configure(SSLRun(), c)

def few(row:str, column:str, r:dict)->dict:
    cfg = fewshot(r['config'], r)
    kept = without(r, ('name','config','key','trained_shot'))
    return dict(row=row, column=column, cell='FewShot', name=cfg.name, key=key_of(cfg), config=described(cfg), **kept)

def ssl(p:dict)->dict:
    cfg, r = sslrun(p['record']['config']), p['record']
    return dict(row=p['method'], column=f"{p['target']}, {p['labels_per_class']}", cell='SSLRun', name=r['name'],
                key=key_of(cfg), config=described(cfg), **without(r, ('name','config','key')))

def point(p:dict)->dict:
    column = f"{p['scheme']} {p['percent']:g}%" if p['scheme'] else f"{'all' if p['percent'] else 'no'} labels"
    return few(p['curve'], column, p['record'])

def tuned(p:dict)->dict:
    job = p['job']
    more = [f'{k} {v}' for k,v in sorted(job.items()) if k not in ('method','target','labels','seed','stage')]
    row = ', '.join([f"{job['stage']}: {job['method']}", *more])
    return dict(row=row, column=f"{job['target']}, {job['labels']}", seed=job['seed'], config=job, seconds=p['wall'],
                **(dict(log=p['last']) if 'last' in p else {}), **without(p, ('job','wall','last')))

def probe(p:dict)->dict:
    took, measured = ('train_s','eval_s'), ('accuracy','interval','tasks','train_cpu')
    column = f"{p['scheme']} {p['percent']:g}%, {p['iterations']} iterations, {p['split']}"
    config = dict(mixture=p['name'], **without(p, ('name', *took, *measured)))
    return dict(row=p['name'], column=column, seed=p['seed'], config=config, seconds=round(sum(p[k] for k in took),1),
                seconds_of=dict(training=p['train_s'], evaluation=p['eval_s']), **{k:p[k] for k in measured if k in p})

def converted()->dict: # name -> (the old records, the new ones)
    out = {}
    for name in ('demo', 'lasium-1', 'lasium-1-5000'):
        was = [(row,shot,r) for row,by in old(name).items() for shot,rs in by.items()
               for r in (rs if isinstance(rs,list) else [rs])]
        out[name] = [r for *_,r in was], [few(*x) for x in was]
    for names,new in ((GRIDS,ssl), (FIGURES,point)):
        for name in names:
            was = old(name)
            out[name] = [p['record'] for p in was], [new(p) for p in was]
    for name,new in {'mpssl-tuning':tuned, 'ssml-probes':probe}.items():
        was = old(name)
        out[name] = was, [new(p) for p in was]
    return out

MOVED = {'wall': 'seconds', 'last': 'log', 'job': 'config',
         'train_s': 'seconds_of.training', 'eval_s': 'seconds_of.evaluation'}
ANEW = ('name', 'key', 'config', 'trained_shot') # of a record with a whole configuration

def check(name:str, was:list, now:list):
    "Nothing lost: as many, and every value of each as it was"
    assert len(was)==len(now), (name, len(was), len(now))
    for old,new in zip(was, now):
        here = flat(new) | new
        for k,v in old.items():
            if 'key' in old and k in ANEW: continue
            place = next(a for a in (MOVED.get(k,k), f'config.{k}', 'config.mixture') if a in here)
            assert json.dumps(here[place])==json.dumps(v), (name, new['row'], new['column'], k, v, here[place])
        if 'key' in old: check_config(name, old, new)

def check_config(name:str, old:dict, new:dict):
    "Every option of the old configuration has its value in the new one, or none there"
    cfg = rebuild(FewShot if new['cell']=='FewShot' else SSLRun, new['config'])
    now = {flag_of(f).replace('-','_'):v for _,f,v in leaves(cfg)}
    for k,v in old['config'].items():
        if k=='strength' and cfg.latent is None: continue         # nothing is generated
        if k in ('generator','generator_epochs','source','learner','unlabelled') or k not in now: continue
        if k=='shot': assert (now['shot'], now['test_shot'])==(old.get('trained_shot',v), v)
        elif k=='distance': assert now[k]==(v or 'sum')
        else: assert json.dumps(now[k])==json.dumps(v), (name, new['row'], k, v, now[k])
    if new['cell']=='SSLRun':
        assert (cfg.unlabelled.name, cfg.loss.name)==(old['config']['unlabelled'], old['config']['loss'])
    else:
        source = old['config']['source'].replace('ssml-ro', 'ssml')
        assert (source_name(cfg.source), cfg.learns)==(source, old['config']['learner'])

def settled(r):
    "A record whose fields of today that it lacks have their defaults: a younger field changes no old record"
    kind = dict(FewShot=FewShot, SSLRun=SSLRun).get(r.get('cell'))
    return r if kind is None or 'config' not in r else {**r, 'config': described(rebuild(kind, r['config']))}

def main():
    args = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    args.add_argument('--check', action='store_true', help="write nothing")
    only_check, total = args.parse_args().check, 0
    for name,(was,now) in converted().items():
        path = ROOT/RECORDS/f'{RENAMED.get(name, name)}.jsonl'
        check(name, was, now)
        if not only_check: write_records(path, now)
        order = lambda r: (r['row'], r['column'], r['seed'])
        there, made = (sorted(map(settled, x), key=order) for x in (read_records(path), json.loads(json.dumps(now))))
        assert there==made, name
        total += path.stat().st_size
        print(f'{name}: {len(now)} records, {path.stat().st_size/1000:.1f} KB')
    print(f'{total/1000:.0f} KB in all')

if __name__=='__main__': main()
