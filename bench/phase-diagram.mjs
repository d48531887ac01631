/**
 * A phase diagram on 500 x 500 points, three times in a fresh process: the first call builds everything and runs cold. With
 * --single-threaded, compilation and garbage collection count as well. Best of five processes. Arguments name activations, default tanh.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const CHILD = "--child";
const PROCESSES = 5;

async function measure(name) {
  const { activation, phaseDiagram } = await import("../dist/index.js");
  const axis = (start, stop) =>
    Float64Array.from({ length: 500 }, (_, i) => start + ((stop - start) * i) / 499);
  const phi = activation(name);
  const calls = [];
  for (const start of [0.05, 0.06, 0.07]) {
    const cpu = process.cpuUsage();
    const begin = performance.now();
    await phaseDiagram(phi, { weightVariance: axis(start, 5), biasVariance: axis(0, 0.5) });
    const wall = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    calls.push({ wall, cpu: (user + system) / 1000 });
  }
  console.log(JSON.stringify(calls));
}

const names = process.argv.slice(2).filter((argument) => argument !== CHILD);
if (process.argv.includes(CHILD)) await measure(names[0]);
else {
  for (const name of names.length > 0 ? names : ["tanh"]) {
    const runs = Array.from({ length: PROCESSES }, () => {
      const { stdout } = spawnSync(
        process.execPath,
        [...process.execArgv, fileURLToPath(import.meta.url), CHILD, name],
        { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
      );
      return JSON.parse(stdout);
    });
    const least = (call, kind) => Math.min(...runs.map((calls) => calls[call][kind])).toFixed(0);
    console.log(`${name}, first call of a process: ${least(0, "wall")} ms, of CPU ${least(0, "cpu")} ms`);
    console.log(`${name}, third call: ${least(2, "wall")} ms, of CPU ${least(2, "cpu")} ms`);
  }
}
