"""The guide, practice by practice, on `nn`: ``python -m examples`` runs them all and writes a report."""

import os

# One thread for matrix products, unless you say otherwise: the guide's matrices are small, and two threads that wait
# for each other on a busy machine take several times longer than one. It must be said before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
