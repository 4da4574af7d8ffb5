"The `gssl` command, for `python -m gssl` and `torchrun -m gssl`"
import sys
from .cli import main

if __name__=='__main__':
    sys.exit(main())
