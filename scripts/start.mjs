/**
 * `npm start`: the main job on real data. Installs and builds what is missing, then forecasts the network of
 * examples/mnist-erf.json on MNIST. Arguments are passed on: `npm start -- my-network.json --data digits`.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, setup } from "./setup.mjs";

await setup();
const given = process.argv.slice(2);
const args =
  given.length > 0 ? given : [join("examples", "mnist-erf.json"), "--out", join("runs", "mnist-erf")];
const result = spawnSync(process.execPath, [join(root, "dist", "cli", "bin.js"), "forecast", ...args], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, FORETRAIN_COMMAND: "npm start --" }, // how it says to run it again
});
process.exit(result.status ?? 130);
