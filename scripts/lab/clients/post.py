"""post.py URL COUNT PERIOD JITTER [--session]: post to URL with requests.

Each pause is uniform within PERIOD * (1 +- JITTER). With --session all calls
share one connection; without, each call opens its own."""
import random
import sys
import time

import requests

url, count, period, jitter = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
post = requests.Session().post if "--session" in sys.argv else requests.post
pauses = random.Random(url)

for n in range(count):
    post(url, json={"text": f"alive {n} " + "x" * 150}, timeout=20).raise_for_status()
    time.sleep(period * (1 + pauses.uniform(-jitter, jitter)))
