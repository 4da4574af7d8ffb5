"""Notebook kernels forked from a server that has the heavy libraries already: a fresh kernel costs no import of torch.

    python kernels.py serve SOCKET         the server: forks a kernel for whoever asks
    python kernels.py ask SOCKET FILE      what Jupyter starts in place of a kernel; it ends when the kernel does

A kernel has its own process, memory, folder and environment; nothing of gssl is imported before the fork."""
import json, os, signal, socket, subprocess, sys, threading, time

LIBRARIES = ('torch', 'torchvision', 'torchvision.transforms.v2', 'kornia', 'kornia.augmentation', 'matplotlib.pyplot',
             'sklearn.linear_model', 'sklearn.svm', 'sklearn.cluster', 'sklearn.neighbors', 'sklearn.model_selection',
             'scipy.stats', 'ipywidgets', 'ipykernel.kernelapp', 'fastcore.test', 'safetensors.torch', 'PIL.Image')
INLINE = 'module://matplotlib_inline.backend_inline'

def become_kernel(asker:socket.socket):
    "In the forked process: take the asker's folder and environment, be a kernel, end when the asker does"
    wish = json.loads(asker.makefile('r').readline())
    os.setsid()
    os.chdir(wish['cwd'])
    os.environ.clear()
    os.environ.update(wish['env'], MPLBACKEND=INLINE)
    silent = os.open(os.devnull, os.O_WRONLY)
    for number in (1,2): os.dup2(silent, number)
    sys.argv = ['ipykernel_launcher', '-f', wish['file']]
    def until_it_ends():
        asker.recv(1)
        os._exit(1)
    threading.Thread(target=until_it_ends, daemon=True).start()
    from ipykernel.kernelapp import launch_new_instance
    sys.path[:0] = ['']
    launch_new_instance()

def serve(path:str):
    os.environ['MPLBACKEND'] = INLINE
    for name in LIBRARIES: __import__(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN) # nobody waits for a kernel
    server, parent = socket.socket(socket.AF_UNIX), os.getppid()
    server.bind(path)
    server.listen()
    server.settimeout(5)
    while os.getppid()==parent: # ends with the tests
        try: asker,_ = server.accept()
        except TimeoutError: continue
        if os.fork()==0:
            server.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asker.settimeout(None)
            become_kernel(asker)
            os._exit(0)
        asker.close()

def ask(path:str, file:str):
    signal.signal(signal.SIGINT, signal.SIG_IGN) # Jupyter interrupts a kernel before it ends one
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall((json.dumps(dict(file=file, cwd=os.getcwd(), env=dict(os.environ)))+'\n').encode())
        s.recv(1) # until the kernel ends

def start(path:str)->subprocess.Popen:
    "A server at `path`, ready"
    p = subprocess.Popen([sys.executable, __file__, 'serve', path], stdin=subprocess.DEVNULL)
    while not os.path.exists(path):
        assert p.poll() is None, "the server of kernels did not start"
        time.sleep(.05)
    return p

def manager(path:str):
    "A class of kernel managers whose kernels come from the server at `path`"
    from jupyter_client.manager import AsyncKernelManager
    class Forked(AsyncKernelManager):
        def format_kernel_cmd(self, extra_arguments=None):
            return [sys.executable, '-S', '-E', __file__, 'ask', path, self.connection_file]
    return Forked

if __name__=='__main__':
    dict(serve=serve, ask=ask)[sys.argv[1]](*sys.argv[2:])
