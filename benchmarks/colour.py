"""What features of photographs are worth that were learned from images made from a seed.

    python benchmarks/colour.py --split test --classes 5 --seeds 101-110 --out benchmarks/colour-5.json

Features: a small ResNet (width 16), 600 steps of 60-way tasks of one image a class, each seen four times (`photo`, with
little change of colour), on 6000 images of a generator. Then logistic regression on five labels a class of
mini-ImageNet, on the features, and on the features beside a histogram of colours. Rivals: the same on pixels (logistic,
SVM, nearest neighbour), on the histogram alone, on an untrained network, and on features learned in the same way from
the photographs of mini-ImageNet's training classes.
"""
import argparse
from functools import partial
import numpy as np, torch, torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from gssl.classifiers import small_resnet
from gssl.classify import SSLRun, Target, divide
from gssl.core import as_seeds, seeded
from gssl.datasets import load
from gssl.files import save_json
from gssl.oneimage import OneImage
from gssl.procedural import make_procedure, sample_images
from gssl.protonets import ProtoNet
from gssl.features import colours
from gssl.rivals import make_probe
from gssl.training import meta_train
from gssl.views import photo

WIDTH, LABELS = 16, 5
VIEW = partial(photo, hue=.03, grey=.05, light=.3)

def untrained():
    with seeded(0, 'net'): return small_resnet(3, WIDTH)

def learned(images, steps):
    "A network that tells views of one image from those of 59 others"
    learner = ProtoNet(untrained().to(memory_format=torch.channels_last), 'sum').train()
    tasks = OneImage(images, VIEW, VIEW, way=60, shot=1, query=3)
    meta_train(learner, tasks, steps, 1, 2e-3, 0, schedule='cosine', quiet=True)
    return learner.backbone.eval()

@torch.no_grad()
def features(net, images):
    z = torch.cat([net(images.floats(at)) for at in torch.arange(len(images)).split(256)])
    return 10*F.normalize(z)

def probes(nets, labelled, test):
    "name -> accuracy in percent"
    y, found = labelled.labels.numpy(), {}
    def ask(name, a, b, probe):
        found[name] = 100*float((probe.fit(np.asarray(a), y).predict(np.asarray(b))==test.labels.numpy()).mean())
    for name in ('logistic','svm','nearest'):
        ask(f'{name} on pixels', *(s.floats().flatten(1) for s in (labelled, test)), make_probe(name))
    shades = [colours(s.floats()) for s in (labelled, test)]
    ask('histogram of colours', *shades, make_probe('colours'))
    for name,net in nets.items():
        z = [features(net, s) for s in (labelled, test)]
        ask(name, *z, LogisticRegression(max_iter=2000))
        ask(f'{name}, histogram beside', *(torch.cat([a, 6*h], 1) for a,h in zip(z, shades)),
            LogisticRegression(max_iter=2000))
    return found

if __name__=='__main__':
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name,value in dict(split='test', classes=5, seeds='101-110', size=28, steps=600, images=6000,
                           out='colour.json').items():
        p.add_argument(f'--{name}', type=type(value), default=value)
    a = p.parse_args()
    shape = 3, a.size, a.size
    nets = {k: learned(sample_images(make_procedure(k, shape), a.images), a.steps)
            for k in ('dead-leaves','random-stylegan')}
    nets['photographs of other classes'] = learned(load('miniimagenet', split='train', size=a.size), a.steps)
    nets['untrained'] = untrained() # in training mode: its batch norm has no statistics
    rows = {}
    for seed in as_seeds(a.seeds):
        data = Target('miniimagenet', split=a.split, classes=a.classes, labels_per_class=LABELS, size=a.size)
        labelled, _, test = divide(SSLRun(data=data, seed=seed))
        for name,right in probes(nets, labelled, test).items(): rows.setdefault(name, []).append(right)
    save_json(a.out, dict(vars(a), labels=LABELS, rows=rows))
    for name,v in rows.items(): print(f'{name:50} {np.mean(v):.1f}')
