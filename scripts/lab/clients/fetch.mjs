// fetch.mjs URL COUNT PERIOD_SECONDS: post to URL with Node's own fetch.
import { setTimeout as pause } from 'node:timers/promises';

const [url, count, period] = process.argv.slice(2);
for (let n = 0; n < Number(count); n++) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'mcp-server', content: `alive ${n} ` + 'x'.repeat(150) }),
  });
  await answer.text();
  await pause(Number(period) * 1000);
}
