"""browse.py SEED SECONDS NAME...: read pages of several sites with think times.

A visit is a page and a few of its parts, then a pause; sites and pauses are
drawn as a reader would: mostly short pauses, some long."""
import random
import sys
import time

import requests

draw = random.Random(sys.argv[1])
end = time.monotonic() + float(sys.argv[2])
names = sys.argv[3:]
browser = requests.Session()

while time.monotonic() < end:
    site = f"https://{draw.choice(names)}"
    browser.get(f"{site}/page/{draw.randrange(1000)}", timeout=20)
    for _ in range(draw.randrange(4)):
        browser.get(f"{site}/part/{draw.randrange(1000)}", timeout=20)
    time.sleep(min(0.4 + draw.expovariate(0.3), 14))
