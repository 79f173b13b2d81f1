import { SendRun } from './send-run.ts';

const [, , way, n, secs, tries, dave, ...execArgv] = process.argv;
using run = await SendRun.open({ way: way as any, dave: dave === '1', connections: Number(n), execArgv });
for (let i = 0; i < Number(tries); i++) {
  const m = await run.measure(Number(n), Number(secs));
  console.log(
    way,
    n,
    'cpu/packet',
    m.cpuUsPerPacket.toFixed(1),
    'cpu%',
    m.cpuPercent.toFixed(0),
    'p50',
    m.latenessP50Ms.toFixed(2),
    'p99',
    m.latenessP99Ms.toFixed(2),
    'p999',
    m.latenessP999Ms?.toFixed(1),
    'lost',
    m.lost,
    'arrived',
    m.arrivedShare.toFixed(3),
  );
}
