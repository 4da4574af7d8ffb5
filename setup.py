"Packaging: everything is said once, in settings.ini, and read from there."
from configparser import ConfigParser
from pathlib import Path
from setuptools import setup, find_packages

here = Path(__file__).parent
parser = ConfigParser(delimiters=['='], interpolation=None)
parser.read(here/'settings.ini', encoding='utf-8')
cfg = parser['DEFAULT']

setup(
    name=cfg['lib_name'], version=cfg['version'], license='Apache-2.0', description=cfg['description'],
    author=cfg['author'], author_email=cfg['author_email'], keywords=cfg['keywords'], url=cfg['git_url'],
    long_description=(here/'README.md').read_text(encoding='utf-8'), long_description_content_type='text/markdown',
    packages=find_packages(include=['gssl', 'gssl.*']),
    package_data={'gssl': ['assets/*', 'assets/**/*']},
    python_requires=f">={cfg['min_python']}",
    install_requires=cfg['requirements'].split(),
    extras_require=dict(dev=cfg['dev_requirements'].split(), bench=cfg['bench_requirements'].split(),
                        onnx=['onnx', 'onnxscript', 'onnxruntime'],
                        ray=cfg['ray_requirements'].split(), slurm=cfg['slurm_requirements'].split(),
                        tensorboard=cfg['tensorboard_requirements'].split(),
                        ssl=['kornia'], biggan=['pytorch-pretrained-biggan'],
                        diffusers=['diffusers>=0.30', 'transformers']),
    entry_points=dict(console_scripts=cfg['console_scripts'].split()),
    license_files=['LICENSE'], zip_safe=False,
    classifiers=['Development Status :: 3 - Alpha', 'Intended Audience :: Science/Research',
                 'Programming Language :: Python :: 3'])
