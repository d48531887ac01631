// What the factor N^-gamma does to a tanh network: predicted mean and spread, and real networks beside them.
import {
  columnStatistics,
  gammaForecast,
  matrixFromRows,
  standInParticles,
  tanh,
  trainShallowEnsemble,
} from "foretrain";

const law = { kind: "normal", variance: 1 };
const network = { activation: tanh(), outer: law, inner: [law, law] };
const x = matrixFromRows([
  [1, 0.3],
  [-0.4, 1.1],
  [0.8, -0.9],
  [-1, -0.5],
]);
const y = Float64Array.of(1, -0.7, 0.5, 0.8);
const units = 200;
const gammas = [0.5, 0.75, 1];
const times = [0, 3];

const problem = { network, particles: standInParticles(network).particles, x, y, times };
const forecast = await gammaForecast({ problem, units, gammas });
const cases = gammas.map((gamma) => ({ units, gamma }));
const trained = await trainShallowEnsemble({ network, cases, runs: 40, seed: 0, x, y, times });
forecast.gammas.forEach(({ gamma, train }, g) => {
  const { mean, variance } = columnStatistics(trained[g].train[1]);
  console.log(
    `gamma ${gamma}: output at the first point ${train.mean[1][0].toFixed(3)} +- ${Math.sqrt(train.variance[1][0]).toFixed(3)}, ` +
      `trained ${mean[0].value.toFixed(3)} +- ${Math.sqrt(variance[0].value).toFixed(3)}; expected squared error ${train.errors[1].total.toFixed(3)}`,
  );
});
