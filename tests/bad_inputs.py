"What people and files get wrong: command lines, damaged files, calls. test_bad_inputs says that each is refused."
import json, os, pickle, shutil, zipfile
from pathlib import Path
import gssl, numpy as np, torch
from PIL import Image
from safetensors.torch import load_file, save_file
from gssl.classify import SSLRun
from gssl.cli import Again, Demo
from gssl.config import options
from gssl.fewlabels import Probed
from gssl.fewshot import FewShot
from gssl.kinds import load_generator, save_generator
from gssl.recipe import ROUNDS
from gssl.trained import Trained

# --- command lines, made from the configurations: every option with every value that is surely wrong for its type

NUMBERS = ('nan', 'inf', '-inf', '1e999', 'x', '', '-1', '0', '1e300', str(10**30))
TEXTS = ('', 'no/such\0thing', 'nonsense')
TINY = dict(
    fewshot=('fewshot', '--generator', 'vae-glyphs', '--iterations', '1', '--test-tasks', '2'),
    classify=('classify', '--steps', '1'),
    probed=('classify', '--recipe', 'features'),
    generator=('generator', '--epochs', '1'),
    learn=('learn', '--iterations', '1', '--test-tasks', '2'),
    demo=('demo', '--scale', '0.001'))
CONFIGS = dict(fewshot=FewShot(), classify=SSLRun(), probed=Probed(), generator=Trained(), learn=ROUNDS, demo=Demo())
FREE = dict(                     # what a value may be that looks wrong
    seed=('-1', '0'), generator_seed=('-1', '0'), label_seed=('-1', '0'), embedding_seed=('-1', '0'),
    lr=('0',), lmo_lr=('0',), weight_decay=('0',), momentum=('0',), lam=('0',), lam_gap=('0',), fair=('0',),
    ema=('0',), cutoff=('0',), validation=('0',), strength=('0',), epsilon=('0',), iterations=('0',),
    test_steps=('0',), views=('0',), inner_steps=('0',), start=('0',), lams=('',),
    dropout=('0',), large=('0',), layer_steps=('0',))
KIND = dict(                     # the choice of a part under which an option says something
    distance=('--learner', 'protonets'), round=('--source', 'clusters'), start=('--source', 'clusters'),
    eps=('--source', 'clusters'), members=('--source', 'clusters'), neighbours=('--source', 'clusters'),
    support_view=('--source', 'views'), query_view=('--source', 'views'), mixture=('--source', 'ssml'),
    fit=('--source', 'labelled'), labels=('--source', 'labelled'), scheme=('--source', 'labelled'),
    cutoff=('--loss', 'fixmatch'), temperature=('--loss', 'uda'), ema=('--loss', 'freematch'),
    fair=('--loss', 'freematch'), nearest=('--learner', 'knn'), c=('--learner', 'logistic'),
    **{k: ('--learner', 'mlp') for k in ('hidden','dropout','mlp_lr','mlp_steps','looks')},
    **{k: ('--learner', 'transfer') for k in ('layer_lr','layer_steps','embedding','embedding_weights','components')},
    **{k: ('--learner', 'matching') for k in ('clusters','starts','kmeans_steps')},
    **{k: ('--source', 'cactus') for k in ('partitions','large')})
KNOWN = dict(                    # a root is not looked at where the data are built in
    root=('--data', 'omniglot'), group=('--data', 'glyphs'), truncation=())

LEARN = ('data', 'source', 'support_view', 'round', 'start', 'share', 'members', 'learner', 'way', 'iterations',
         'test_way', 'seed')

PROBED = ('foundation', 'truncation', 'features', 'views', 'c')

def wrong_values(command):
    "(name, arguments) of every wrong value of every option of a command"
    for flag,(field,_,_) in options(CONFIGS[command]).items():
        name = flag.replace('-','_')
        kinds = str(field.type)
        if 'bool' in kinds:
            continue
        numeric = 'int' in kinds or 'float' in kinds
        if command=='generator' and name in ('labels','scheme'):
            continue                                             # tried with fewshot
        if command=='learn' and name not in LEARN:
            continue                                             # tried with fewshot
        if command=='probed' and name not in PROBED:
            continue                                             # tried with classify
        for value in NUMBERS if numeric else TEXTS:
            own_zero = command!='classify' and name=='lr' and value=='0'
            if value in FREE.get(name, ()) and not own_zero:
                continue
            more = KIND.get(name, ()) if command in ('fewshot','classify') else ()
            more = more or KNOWN.get(name, ())
            yield f'{command} {flag} {value[:12]!r}', (*TINY[command], *more, f'--{flag}={value}')

def evaluations():
    for flag in options(Again()):
        for value in NUMBERS:
            yield f'evaluate {flag} {value[:12]!r}', ('evaluate', '{run}', f'--{flag}={value}')

def places():
    "Wrong folders and devices"
    bad = dict(empty='', null='a\0b', device='/dev/null/x', pipe='{top}/pipe', file='{top}/file.txt',
               proc='/proc/self/x', long='x'*5000)
    for command in ('fewshot', 'generator', 'classify', 'demo'):
        for name,out in bad.items():
            yield f'{command} out {name}', (*TINY[command], f'--out={out}')
        for device in ('', 'meta', 'cuda:99', 'warp', 'cpu0', 'a\0b'):
            yield f'{command} device {device!r}', (*TINY[command], f'--device={device}')

# --- the commands that use what a run left, or look at it

NOWHERE = dict(
    empty='', blank=' ', null='a\0b', long='x'*5000, gone='/no/such', file='{top}/file.txt', pipe='{top}/pipe',
    generator='{top}/vae', nothing='{top}/empty', images='{top}/good', picture='{top}/good/c0/0.png',
    zip='{top}/whole.zip', proc='/proc', link='{top}/to-proc', device='/dev/zero')
NO_IMAGES = dict(
    empty='', null='a\0b', long='x'*5000, gone='/no/such', file='{top}/file.txt', pipe='{top}/pipe',
    nothing='{top}/empty', classes='{top}/empty-classes', picture='{top}/good/c0/0.png', cut='{top}/cut.zip',
    text='{top}/text.zip', hollow='{top}/nothing.zip', encrypted='{top}/encrypted.zip', bomb='{top}/bomb.zip',
    proc='/proc', link='{top}/to-proc', devices='/dev', device='/dev/zero')
NO_SUPPORT = NO_IMAGES | dict(
    one_class='{top}/one-class', one_image='{top}/one-image', black='{top}/all-black', alike='{top}/all-alike',
    damaged='{top}/picture-cut', altered='{top}/altered.zip')
BAD_OUT = dict(
    empty='', null='a\0b', device='/dev/null/x', pipe='{top}/pipe', file='{top}/file.txt', proc='/proc/self/x',
    long='x'*5000)

def uses():
    "Wrong runs, folders and options of predict, export, status, plot, table and list"
    for command,more in dict(predict=['{top}/good'], export=[], status=[], plot=[]).items():
        yield f'{command} of no word', (command,)
        for name,run in NOWHERE.items():
            yield f'{command} of {name}', (command, run, *more)
        yield f'{command} of a word too many', (command, '{ssl}', *more, 'more')
        for name in ('seed', 'fresh', 'ways'):
            yield f'{command} --{name}', (command, '{ssl}', *more, f'--{name}')
    for command,more in dict(predict=['{top}/good'], export=[]).items():
        yield f'{command} without a support', (command, '{run}', *more)
        yield f'{command} with a support too much', (command, '{ssl}', *more, '--support', '{top}/good')
        for name,folder in NO_SUPPORT.items():
            yield f'{command} support {name}', (command, '{run}', *more, f'--support={folder}')
        for name,out in BAD_OUT.items():
            yield f'{command} to {name}', (command, '{ssl}', *more, f'--out={out}')
        for device in ('', 'meta', 'cuda:99', 'warp', 'a\0b'):
            yield f'{command} device {device!r}', (command, '{ssl}', *more, f'--device={device}')
    for name,folder in NO_IMAGES.items():
        yield f'predict images {name}', ('predict', '{ssl}', folder)
    for value in NUMBERS:
        yield f'predict most {value[:12]!r}', ('predict', '{ssl}', '{top}/good', f'--most={value}')
    for value in TEXTS:
        yield f'export to {value!r}', ('export', '{ssl}', f'--to={value}')
    yield 'predict --to', ('predict', '{ssl}', '{top}/good', '--to', 'onnx')
    yield 'export --most', ('export', '{ssl}', '--most', '3')
    for name,out in dict(BAD_OUT, gone='/no/such').items():
        yield f'table from {name}', ('table', 'glyphs', f'--out={out}')
        yield f'list from {name}', ('list', f'--out={out}')

# --- command lines that people typed, the among them

def typed():
    few, ssl, gen = TINY['fewshot'], TINY['classify'], TINY['generator']
    return {
        'no such command': ('fewshit',),
        'no such recipe': ('classify', '--recipe', 'best'),
        'a recipe without a word': ('classify', '--recipe'),
        'features of no class': ('classify', '--foundation', '{top}/vae'),
        'features with steps': ('classify', '--recipe', 'features', '--steps', '3'),
        'an option of no command': (*few, '--ways', '5'),
        'an option cut short': (*few, '--iter', '5'),
        'a huge shot': (*few, '--shot', '9999'),
        'a huge way': (*few, '--way', '9999'),
        'a huge query': (*few, '--query', '9999'),
        'many tasks a step': (*few, '--meta-batch', '9999', '--shot', '500'),
        'more shots than images': (*few, '--test-shot', '50'),
        'more ways than classes': (*few, '--learner', 'protonets', '--test-way', '900'),
        'a test way of MAML': (*few, '--test-way', '7'),
        'no labels a class': (*ssl, '--labels-per-class', '0'),
        'labels a class -1': (*ssl, '--labels-per-class', '-1'),
        'more labels than images': (*ssl, '--labels-per-class', '900'),
        'classes 0': (*ssl, '--data', 'glyphs', '--classes', '0'),
        'classes -1': (*ssl, '--data', 'glyphs', '--classes', '-1'),
        'classes 1': (*ssl, '--data', 'glyphs', '--classes', '1'),
        'classes 9999': (*ssl, '--data', 'glyphs', '--classes', '9999'),
        'chunk 0': (*ssl, '--chunk', '0'),
        'lam -1': (*ssl, '--lam', '-1'),
        'generator epochs -1': ('fewshot', '--generator', 'vae', '--generator-epochs', '-1'),
        'scale -1': ('demo', '--scale', '-1'),
        'scale inf': ('demo', '--scale', 'inf'),
        'labels nan': ('fewshot', '--source', 'labelled', '--labels', 'nan'),
        'labels 0.0001': ('fewshot', '--source', 'labelled', '--labels', '0.0001'),
        'truncation inf': (*ssl, '--truncation', 'inf'),
        'truncation of a VAE': (*ssl, '--truncation', '0.5'),
        'epsilon -1': (*few, '--epsilon', '-1'),
        'a group of digits': (*ssl, '--group', 'Latin'),
        'a group of no groups': (*ssl, '--data', '{top}/good', '--group', 'Latin'),
        'no such group': (*ssl, '--data', 'glyphs', '--group', 'Klingon'),
        'strength -1': ('fewshot', '--generator', 'vae', '--strength', '-1'),
        'strength 2 of a fraction': ('fewshot', '--generator', 'vae', '--strength', '2'),
        'two sizes of views': (
            'fewshot', '--source', 'views', '--learner', 'protonets', '--support-view', 'none',
            '--query-view', 'photo-small'),
        'two sizes of generated': ('fewshot', '--generator', 'vae', '--view', 'photo-small'),
        'a head of another size': (
            'fewshot', '--source', 'labelled', '--support-view', 'photo-small', '--query-view', 'photo-small'),
        'views too small to pool': (
            'fewshot', '--source', 'views', '--learner', 'protonets', '--support-view', 'photo-tiny',
            '--query-view', 'photo-tiny'),
        'features of no real image': ('classify', '--foundation', 'dead-leaves', '--features', 'real'),
        'more made than queries': ('fewshot', '--source', 'views', '--made', 'n', '--made-queries', '9'),
        'made without an encoder': ('fewshot', '--source', 'views', '--made', 'n', '--generator', 'msgan'),
        'a made step too far': ('fewshot', '--source', 'clusters', '--made', 'near', '--strength', '2'),
        'made where nothing is seen': ('fewshot', '--source', 'labelled', '--made', 'n'),
        'groups of views': ('fewshot', '--source', 'views', '--made', 'groups'),
        'latent groups of views': ('fewshot', '--source', 'views', '--made', 'n', '--latent-groups'),
        'early labels, none known': ('fewshot', '--source', 'clusters', '--labels-early'),
        'early labels, no step before': (
            'fewshot', '--source', 'clusters', '--labels', '10', '--labels-early', '--start', '0'),
        'a share of the labels, and a sorted folder': (
            'fewshot', '--source', 'clusters', '--labels', '10', '--labelled', '{top}/good'),
        'sorted images without classes': ('fewshot', '--source', 'views', '--labelled', '{top}/good/c0'),
        'sorted images that are not there': ('learn', '--labelled', '{top}/nowhere'),
        'sorted images too few for a task': (
            'fewshot', '--source', 'labelled', '--labelled', '{top}/good', '--way', '60'),
        'sorted images for a VAE': ('generator', '--kind', 'vae', '--labelled', '{top}/good'),
        'labels among views of a heap': ('fewshot', '--data', '{top}/good/c0', '--source', 'views', '--labels', '10'),
        'nothing made': ('fewshot', '--source', 'views', '--made', 'n', '--made-queries', '0'),
        'first groups of a GAN': (
            'fewshot', '--source', 'clusters', '--made', 'n', '--latent-groups', '--generator', 'gan84'),
        'a foundation misspelt': (*ssl, '--foundation', 'glyph'),
        'a foundation of photographs': (*ssl, '--foundation', '{top}/good'),
        'inner lr 0': (*few, '--inner-lr', '0'),
        'width inf': (*gen, '--width', 'inf'),
        'width 1e9': (*gen, '--width', '1e9'),
        '1024 pixels': (*gen, '--size', '1024'),
        '1023 pixels': (*gen, '--size', '1023'),
        '30 pixels': (*gen, '--kind', 'vae84', '--size', '30'),
        '3 pixels': (*gen, '--size', '3'),
        'another size than the generator': (*few, '--size', '32'),
        'epochs without bound': ('generator', '--epochs', str(10**12)),
        'seeds without bound': ('run', 'glyphs', '--seeds', '0-99999999999'),
        'seeds a number': ('run', 'glyphs', '--seeds', '99999999999'),
        'seeds none': ('run', 'glyphs', '--seeds', ''),
        'seeds 0': ('run', 'glyphs', '--seeds', '0'),
        'seeds backwards': ('run', 'glyphs', '--seeds', '5-3'),
        'no such table': ('run', 'glyph'),
        'no table': ('run',),
        'no such row': ('run', 'glyphs', '--rows', 'nothing'),
        'no such budget': ('run', 'glyphs', '--budget', 'tiny'),
        'a table of a folder': ('table', '/etc'),
        'lams of words': (*ssl, '--lams', 'few,many'),
        'lams nan': (*ssl, '--lams', '0.1,nan'),
        'lams -1': (*ssl, '--lams', '0.1,-1'),
        'lams of commas': (*ssl, '--lams', ',,,'),
        'lams too many': (*ssl, '--lams', ','.join(map(str, range(500)))),
        'weights that are no file': (*ssl, '--net', 'resnet18', '--weights', '{top}/none.pt'),
        'weights that are text': (*ssl, '--net', 'resnet18', '--weights', '{top}/file.txt'),
        'weights that are a pipe': (*ssl, '--net', 'resnet18', '--weights', '{top}/pipe'),
        'weights of the small net': (*ssl, '--net', 'small', '--weights', 'imagenet'),
        'weights of no classes': (*ssl, '--foundation', '{top}/vae', '--weights', 'foundation'),
        'a classifier of no classes': (*ssl, '--foundation', '{top}/vae', '--unlabelled', 'classifier'),
        'no data of that name': (*few, '--data', 'nothere'),
        'data at the root of the system': (*gen, '--data', '/proc'),
        'data of devices': (*gen, '--data', '/dev'),
        'data of a pipe': (*gen, '--data', '{top}/pipe'),
        'data of a device': (*gen, '--data', '/dev/zero'),
        'data of the system by a link': (*gen, '--data', '{top}/to-proc'),
        'nothing to evaluate': ('evaluate', '{top}/empty'),
        'evaluate a file': ('evaluate', '{top}/file.txt'),
        'evaluate a generator': ('evaluate', '{top}/vae'),
        'evaluate nothing': ('evaluate',),
        'a source of nothing': (*few, '--source', 'magic'),
        'labels of a VAE': (*gen, '--kind', 'ssgan', '--labels', '0'),
        'an option twice, the last wrong': (*few, '--shot', '1', '--shot', '-1'),
        'a word too many': (*few, 'more'),
    }

# --- damaged data: a folder or a zip each; every command that reads images meets it

def picture(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)

def classes(top, n=4, images=20, side=28, draw=None):
    "A folder of class folders"
    rng = np.random.default_rng(0)
    for c in range(n):
        for i in range(images):
            array = rng.integers(0, 255, (side,side), dtype=np.uint8) if draw is None else draw(c, i)
            picture(top/f'c{c}'/f'{i}.png', array)
    return top

def data(top):
    "Builds the sets"
    black = np.zeros((28,28), np.uint8)
    classes(top/'all-black', draw=lambda c,i: black)
    classes(top/'all-alike', draw=lambda c,i: np.arange(784, dtype=np.uint8).reshape(28,28))
    classes(top/'one-pixel', side=1)
    classes(top/'two-pixels', side=2)
    classes(top/'one-class', n=1)
    classes(top/'one-image', n=1, images=1)
    classes(top/'good')
    for name in ('empty', 'empty-classes/a', 'empty-classes/b'):
        (top/name).mkdir(parents=True)
    shutil.copytree(top/'good', top/'one-empty-class')
    (top/'one-empty-class'/'c9').mkdir()
    for name,how in dict(cut=lambda b: b[:60], text=lambda b: b'hello', none=lambda b: b'',
                         altered=lambda b: b[:40]+bytes(20)+b[60:]).items():
        shutil.copytree(top/'good', top/f'picture-{name}')
        for at in (top/f'picture-{name}').glob('*/3.png'):
            at.write_bytes(how(at.read_bytes()))
    shutil.copytree(top/'good', top/'two-sizes')
    for at in (top/'two-sizes').glob('*/3.png'):
        picture(at, np.ones((20,28), np.uint8))
    shutil.copytree(top/'good', top/'one-dead-link')
    (top/'one-dead-link'/'c0'/'x.png').symlink_to('/nowhere')
    with zipfile.ZipFile(top/'whole.zip', 'w') as z:
        for p in sorted((top/'good').rglob('*.png')):
            z.write(p, p.relative_to(top/'good'))
    whole = (top/'whole.zip').read_bytes()
    (top/'cut.zip').write_bytes(whole[:len(whole)//2])
    (top/'text.zip').write_bytes(b'hello')
    (top/'empty.zip').write_bytes(b'')
    with zipfile.ZipFile(top/'nothing.zip', 'w'): pass
    encrypted = bytearray(whole)
    at = 0
    while (at := encrypted.find(b'PK\x01\x02', at))>=0: # the flag that says so, in every entry of the directory
        encrypted[at+8] |= 1
        at += 4
    at = 0
    while (at := encrypted.find(b'PK\x03\x04', at))>=0:
        encrypted[at+6] |= 1
        at += 4
    (top/'encrypted.zip').write_bytes(encrypted)
    middle = bytearray(whole)
    middle[len(whole)//3:len(whole)//3+50] = bytes(50)
    (top/'altered.zip').write_bytes(middle)
    with zipfile.ZipFile(top/'bomb.zip', 'w', zipfile.ZIP_DEFLATED) as z:
        for c in 'ab':
            with z.open(f'{c}/1.png', 'w', force_zip64=True) as f:
                for _ in range(70): f.write(bytes(1<<23))

SETS = ('all-black', 'all-alike', 'one-pixel', 'two-pixels', 'one-class', 'one-image', 'empty', 'empty-classes',
        'one-empty-class', 'picture-cut', 'picture-text', 'picture-none', 'picture-altered', 'two-sizes',
        'cut.zip', 'text.zip', 'empty.zip', 'nothing.zip', 'encrypted.zip', 'altered.zip', 'bomb.zip')
USABLE = [('generator', 'one-class')]

def read_by(command, name, top):
    "The command line that reads a set"
    at = ('--data', f'{top}/{name}')
    return dict(
        generator=('generator', '--epochs', '1', *at),
        classify=('classify', '--steps', '1', '--labels-per-class', '3', *at),
        fewshot=('fewshot', '--source', 'labelled', '--iterations', '1', '--test-tasks', '2', '--way', '2', *at)
    )[command]

# --- damaged runs: a folder that was a run, what is done to it, and the command that meets it

def flip(path, at=-9):
    b = bytearray(path.read_bytes())
    b[at] ^= 1
    path.write_bytes(b)

HURT = dict(
    flipped=flip, cut=lambda p: p.write_bytes(p.read_bytes()[:500]), empty=lambda p: p.write_bytes(b''),
    text=lambda p: p.write_bytes(b'hello'), pickled=lambda p: torch.save(dict(step=1), p))

TEXTS_OF_JSON = dict(
    cut='{"cell": "FewSh', empty='', array='[1,2]', number='3', null='null', text='"x"', words='hello',
    binary='\udcff\udcfe',
    deep='['*100_000, other='{"a": 1}', nan='{"seed": NaN}', digits='9'*5000)

def write(path, text):
    path.write_bytes(text.encode('utf-8', 'surrogateescape'))

def damages(run, state, ssl):
    "name -> what is done to a copy of a finished (`run`) or an unfinished (`state`) run, and the words of a command"
    again = ('evaluate', '{at}', '--tasks', '4')
    for name,text in TEXTS_OF_JSON.items():
        yield f'config.json {name}, evaluated', run, lambda at, t=text: write(at/'config.json', t), again
        yield f'record.json {name}, evaluated', run, lambda at, t=text: write(at/'record.json', t), again
        yield f'config.json {name}, continued', state, lambda at, t=text: write(at/'config.json', t), None
        if name not in ('other', 'nan'):
            yield f'record.json {name}, read', run, lambda at, t=text: write(at/'record.json', t), None
        if name not in ('other', 'nan', 'cut', 'digits'):
            yield f'seconds.json {name}', state, lambda at, t=text: write(at/'seconds.json', t), None
    for name,change in dict(
            seed=lambda c: c.update(seed=True), field=lambda c: c.update(colour='red'), test=lambda c: c.update(test=3),
            way=lambda c: c['episode'].update(way='five'), source=lambda c: c['source'].update({'is':'Plum'}),
            lr=lambda c: c['train'].update(lr=-1), big=lambda c: c['episode'].update(shot=10**30)).items():
        def edited(at, change=change):
            r = json.loads((at/'record.json').read_text())
            change(r['config'])
            write(at/'record.json', json.dumps(r))
        yield f'record.json: its {name} edited, evaluated', run, edited, again
    for which,of in dict(run=run, ssl=ssl).items():
        for name,how in HURT.items():
            def hurt(at, how=how):
                for p in at.glob('*.safetensors'): how(p)
            for words in (('predict', '{at}', '{top}/good'), ('export', '{at}')):
                more = ('--support', '{top}/good') if of==run else ()
                yield f'weights {name}, {words[0]} of {which}', of, hurt, words+more
    row = dict(row=1, column=2, seed=0, why=3)
    odd = dict(cells=dict(jobs=1, cells=3), numbers=dict(jobs=1, cells=[1]), hollow=dict(jobs=1, cells=[{}]),
               jobs=dict(jobs='two', cells=[]), row=dict(jobs=1, cells=[row]))
    odd = {k: json.dumps(v) for k,v in odd.items()}
    plot = ('plot', '{at}')
    for name,text in (TEXTS_OF_JSON|odd).items():
        def sweep(at, text=text): # beside the run, as `gssl run` writes it
            (at/'config.json').unlink()
            write(at/'x.sweep.json', text)
        if name!='nan':
            yield f'a sweep {name}, status', run, sweep, ('status', '{at}')
        if name not in ('other', 'nan', *odd):
            yield f'log {name}, plot', run, lambda at, t=text: write(at/'log.jsonl', t+'\n{"step": 2}\n'), plot
    yield 'log without a number', run, lambda at: write(at/'log.jsonl', '{"step": 1, "loss": "low"}\n'), plot
    yield 'log gone', run, lambda at: (at/'log.jsonl').unlink(), plot
    yield 'log a pipe, plot', run, lambda at: [(at/'log.jsonl').unlink(), os.mkfifo(at/'log.jsonl')], plot
    yield 'config.json gone, evaluated', run, lambda at: (at/'config.json').unlink(), again
    yield 'config.json gone, continued', state, lambda at: (at/'config.json').unlink(), None
    yield 'config.json a folder', state, lambda at: [(at/'config.json').unlink(), (at/'config.json').mkdir()], None
    yield 'config.json a pipe', state, lambda at: [(at/'config.json').unlink(), os.mkfifo(at/'config.json')], None
    yield 'record.json a pipe', run, lambda at: [(at/'record.json').unlink(), os.mkfifo(at/'record.json')], None
    yield 'state gone, evaluated', run, lambda at: [p.unlink() for p in at.glob('*.safetensors')], again
    for name,how in HURT.items():
        def both(at, how=how):
            for p in at.glob('*.safetensors'): how(p)
        yield f'state {name}, evaluated', run, both, again
        yield f'state {name}, continued', state, both, None
    def rows(text): return lambda at: write(at/'log.jsonl', text)
    more = '\n{"step": 2}\n'
    first = dict(stepless='{"loss": 1}', list='[1]', words='hello', text='{"step": "one"}', null='null')
    for name,line in first.items():
        yield f'log {name}', state, rows(line+more), None

# --- damaged generators

VAE = Path(gssl.__file__).parent/'assets'/'generators'/'vae-glyphs'

def a_generator(at):
    "A folder as a training leaves it"
    G = load_generator(VAE)
    save_generator(at, G, **{k:v for k,v in G.card.items() if k not in G.recipe})

def generators():
    def card(text):
        def write_card(at):
            weights = load_file(VAE/'generator.safetensors')
            save_file(weights, at/'generator.safetensors', dict(format='gssl-generator-1', card=text))
        return write_card
    for name,text in TEXTS_OF_JSON.items():
        if name not in ('binary',):
            yield f'card {name}', card(text)
    good = json.loads((VAE/'generator.json').read_text())
    for name,new in dict(kind=dict(kind=3), shape=dict(image_shape=5), huge=dict(image_shape=[3,4*10**6,4*10**6]),
                         sizes=dict(sizes=[1]), wide=dict(sizes=dict(width=1e6)), text=dict(sizes=dict(width='x')),
                         other=dict(kind='msgan'), negative=dict(image_shape=[1,-28,28])).items():
        yield f'card: {name}', card(json.dumps(good|new))
    at = 'generator.safetensors'
    yield 'flipped', lambda d: flip(d/at)
    yield 'cut', lambda d: (d/at).write_bytes((d/at).read_bytes()[:1000])
    yield 'empty', lambda d: (d/at).write_bytes(b'')
    yield 'pickled', lambda d: torch.save({}, d/at)
    yield 'a pipe', lambda d: [(d/at).unlink(), os.mkfifo(d/at)]
    yield 'gone', lambda d: (d/at).unlink()

def biggans():
    def weights(obj): return lambda d: torch.save(obj, d/'pytorch_model.bin')
    yield 'a list', weights([1,2])
    yield 'a number', weights(3)
    yield 'a dict of lists', weights(dict(a=[1]))
    yield 'no weights', weights({})
    yield 'other weights', weights(dict(a=torch.zeros(3)))
    yield 'text', lambda d: (d/'pytorch_model.bin').write_bytes(b'hello')
    class Evil:
        def __reduce__(self): return os.mkdir, ('/tmp/gssl-owned',)
    yield 'a pickle that runs', lambda d: (d/'pytorch_model.bin').write_bytes(pickle.dumps(Evil()))
    for name,text in TEXTS_OF_JSON.items():
        if name!='digits':
            yield f'config {name}', lambda d, t=text: write(d/'config.json', t)
    def huge(d):
        config = json.loads((d/'config.json').read_text())
        write(d/'config.json', json.dumps(config|dict(channel_width=10**6)))
    yield 'a huge config', huge

class Reduced:
    def __init__(self, *how): self.how = how
    def __reduce__(self): return self.how

def pickles():
    "Caches of mini-ImageNet as they should not be"
    make, x = np.zeros(0).__reduce__()[0], np.zeros((4,84,84,3), np.uint8)
    crafted = Reduced(make, (np.ndarray, (0,), b'b'), (1, (2,), np.dtype('O'), False, b'A'*16))
    yield 'bytes as objects', dict(image_data=crafted, class_dict={})
    yield 'objects', dict(image_data=np.array([{}, []], dtype=object), class_dict={})
    yield 'code', dict(image_data=Reduced(os.system, ('true',)), class_dict={})
    yield 'eval', Reduced(eval, ('1',))
    yield 'a list', [1]
    yield 'no images', dict(class_dict={})
    yield 'floats', dict(image_data=x.astype('f4'), class_dict={})
    yield 'flat', dict(image_data=x[0], class_dict={})
    yield 'no classes', dict(image_data=x)
    yield 'classes of a list', dict(image_data=x, class_dict=[1])
    yield 'places that are none', dict(image_data=x, class_dict=dict(a=[99]))
    yield 'places below none', dict(image_data=x, class_dict=dict(a=[-9]))
    yield 'places of words', dict(image_data=x, class_dict=dict(a=['x']))
    yield 'too few labels', dict(data=x, labels=[1])
    yield 'no class at all', dict(image_data=x, class_dict={})

# --- Python

def calls(top):
    "name -> a call that is to be refused"
    from gssl.core import Draw, as_seeds
    from gssl.config import change
    from gssl.cells import run_cell
    from gssl.datasets import folder, load, digits
    from gssl.estimator import GenerativeSSL
    from gssl.files import save_state
    from gssl.gentrain import train_generator
    from gssl.images import ImageSet
    from gssl.kinds import build_generator, open_generator, open_foundation
    from gssl.labels import few_labels
    from gssl.lasium import Lasium
    from gssl.tasks import LabelledTasks
    x = (torch.rand(40,1,28,28)*255).byte()
    y = torch.arange(40)%4
    good = ImageSet(x, y, list('abcd'), 'noise')
    vae = open_generator('vae-glyphs')
    fit = lambda a, b, **kw: GenerativeSSL(quiet=True, **kw).fit(a, b)
    return {
        'share -1': lambda: folder(top/'good', share=(-1,.5)),
        'share of one': lambda: folder(top/'good', share=(.5,)),
        'share nan': lambda: folder(top/'good', share=(float('nan'),.1)),
        'share above 1': lambda: folder(top/'good', share=(.9,.9)),
        'channels 2': lambda: folder(top/'good', channels=2),
        'split of nothing': lambda: folder(top/'good', split='tset'),
        'size 2.5': lambda: folder(top/'good', size=2.5),
        'size True': lambda: load('glyphs', size=True),
        'digits of 0 pixels': lambda: digits(size=0),
        'images of floats': lambda: ImageSet(x.float(), y, list('abcd')),
        'images of three dimensions': lambda: ImageSet(x[0], y, list('abcd')),
        'images of numpy': lambda: ImageSet(x.numpy(), y, list('abcd')),
        'labels too few': lambda: ImageSet(x, y[:3], list('abcd')),
        'labels too high': lambda: ImageSet(x, y, list('ab')),
        'labels of floats': lambda: ImageSet(x, y.float(), list('abcd')),
        'labels of a list': lambda: ImageSet(x, [0]*40, list('abcd')),
        'tasks of -1': lambda: LabelledTasks(good, way=-1),
        'tasks of too many ways': lambda: LabelledTasks(good, way=9),
        'tasks of too many shots': lambda: LabelledTasks(good, way=2, shot=50),
        'tasks without labels': lambda: LabelledTasks(good.unlabelled(), way=2),
        'labels of 200 percent': lambda: few_labels(good, 200),
        'labels by magic': lambda: few_labels(good, 50, 'magic'),
        'labels of nan': lambda: few_labels(good, float('nan')),
        'LASIUM by magic': lambda: Lasium(vae, 'magic', good),
        'LASIUM without images': lambda: Lasium(vae, 'ro'),
        'LASIUM beyond': lambda: Lasium(vae, 'ro', good, alpha=2.)(1, Draw(0)),
        'LASIUM of way 0': lambda: Lasium(vae, 'ro', good, way=0),
        'a generator of no kind': lambda: build_generator('vqvae', (1,28,28)),
        'a generator of odd images': lambda: build_generator('vae', (1,27,27)),
        'a generator of two numbers': lambda: build_generator('vae', (28,28)),
        'a generator of width 0': lambda: build_generator('vae', (1,28,28), width=0),
        'a generator of width nan': lambda: build_generator('vae', (1,28,28), width=float('nan')),
        'a generator of width inf': lambda: build_generator('vae', (1,28,28), width=float('inf')),
        'training on floats': lambda: train_generator('vae', x/255, top/'g'),
        'training on few': lambda: train_generator('vae', x[:3], top/'g'),
        'training on black': lambda: train_generator('vae', x*0, top/'g'),
        'training on alike': lambda: train_generator('vae', x[:1].expand(40,-1,-1,-1), top/'g'),
        'training -1 epochs': lambda: train_generator('vae', x, top/'g', epochs=-1),
        'training nan epochs': lambda: train_generator('vae', x, top/'g', epochs=float('nan')),
        'training at lr nan': lambda: train_generator('vae', x, top/'g', lr=float('nan')),
        'no such generator': lambda: open_generator('vae-glyph'),
        'no such foundation': lambda: open_foundation('biggan-deep-64'),
        'fit of nan': lambda: fit(np.full((40,28,28), np.nan), y),
        'fit of text': lambda: fit(['a']*40, y),
        'fit of few labels': lambda: fit(x, y[:3]),
        'fit of one class': lambda: fit(x, y*0),
        'fit of tiny images': lambda: fit(np.zeros((40,2,2)), y),
        'fit of an unknown option': lambda: fit(x, y, options=dict(lamda=1)),
        'fit of lam nan': lambda: fit(x, y, options=dict(lam=float('nan'))),
        'fit of steps -1': lambda: fit(x, y, steps=-1),
        'fit of no images': lambda: fit(x[:0], y[:0]),
        'predict before fit': lambda: GenerativeSSL().predict(x),
        'a cell of a true seed': lambda: run_cell(FewShot(seed=True), top/'c'),
        'a cell of a text seed': lambda: run_cell(FewShot(seed='1'), top/'c'),
        'a cell of 2**63': lambda: run_cell(FewShot(seed=2**63), top/'c'),
        'a cell of nan': lambda: run_cell(change(FewShot(), train__lr=float('nan')), top/'c'),
        'a cell of inf': lambda: run_cell(change(FewShot(), train__lr=float('inf')), top/'c'),
        'a cell of half a way': lambda: run_cell(change(FewShot(), episode__way=2.5), top/'c'),
        'a cell of a float way': lambda: run_cell(change(FewShot(), episode__way=5.), top/'c'),
        'a cell of another part': lambda: run_cell(change(FewShot(), source=3), top/'c'),
        'a cell without a field': lambda: change(FewShot(), colour='red'),
        'seeds of a word': lambda: as_seeds('some'),
        'seeds of 1e12': lambda: as_seeds(10**12),
        'seeds of a float': lambda: as_seeds(1.5),
        'a state of a function': lambda: save_state(top/'s', dict(f=print)),
    }
