/**
 * A phase diagram of tanh on 500 x 500 points, three times in a fresh process: the first call builds everything and runs cold. With
 * --single-threaded, compilation and garbage collection count as well. Best of five processes.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const CHILD = "--child";
const PROCESSES = 5;

async function measure() {
  const { activation, phaseDiagram } = await import("../dist/index.js");
  const axis = (start, stop) =>
    Float64Array.from({ length: 500 }, (_, i) => start + ((stop - start) * i) / 499);
  const tanh = activation("tanh");
  const calls = [];
  for (const start of [0.05, 0.06, 0.07]) {
    const cpu = process.cpuUsage();
    const begin = performance.now();
    await phaseDiagram(tanh, { weightVariance: axis(start, 5), biasVariance: axis(0, 0.5) });
    const wall = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    calls.push({ wall, cpu: (user + system) / 1000 });
  }
  console.log(JSON.stringify(calls));
}

if (process.argv.includes(CHILD)) await measure();
else {
  const runs = Array.from({ length: PROCESSES }, () => {
    const { stdout } = spawnSync(
      process.execPath,
      [...process.execArgv, fileURLToPath(import.meta.url), CHILD],
      { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
    );
    return JSON.parse(stdout);
  });
  const least = (call, kind) => Math.min(...runs.map((calls) => calls[call][kind])).toFixed(0);
  console.log(`first call of a process: ${least(0, "wall")} ms, of CPU ${least(0, "cpu")} ms`);
  console.log(`third call: ${least(2, "wall")} ms, of CPU ${least(2, "cpu")} ms`);
}
