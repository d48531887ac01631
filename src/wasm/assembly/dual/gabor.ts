/**
 * The Gabor function phi(x) = e^{-x^2} sin x.
 * @module
 */
import { madd, nmadd, splat } from "../lanes";
import { exp, expm1 } from "../math/exp";
import { constant, hasTangent, rowFeature } from "../pairs/sides";
import { inverseRootGap, inverseRootSpread } from "./gaussian";
import { pairGap, storePair } from "./smooth";

const INV_SQRT_E: f64 = 0.6065306597126334; // e^{-1/2}

/** sinh(x) for |x| <= 1/8. */
// @ts-ignore: decorator
@inline
function smallSinh<T>(x: v128): v128 {
  const y = v128.mul<T>(x, x);
  let p = madd<T>(y, splat<T>(2.7557319223985893e-06), splat<T>(0.0001984126984126984));
  p = madd<T>(y, p, splat<T>(0.008333333333333333));
  p = madd<T>(y, p, splat<T>(0.16666666666666666));
  return madd<T>(v128.mul<T>(x, y), p, x);
}

/**
 * With a = (1 + 4 q)^{-1/2} of each sample, l = det^{-1/2}, det = 1 + 2 (q + q') + 4 r^2, r^2 = q q' - k^2,
 * near = (d + 2 r^2) l^2 and H(a) = a e^{a^2 / 2}:
 * 2 D = (a + a') / 2 - l + l (1 - e^{-near}) - e^{-1/2} [(H(a) + H(a')) / 2 - H(l) - H(l) (e^{d l^2} - 1)].
 * 2 Dd is the same fall of P(a) = 2 a - a^3 + e^{(a^2 - 1) / 2} (a^5 + a^3 - a), for E phi'^2 = P(a) / 2, and what d and r^2
 * add to it. The falls from the mean of both samples to the pair are written by mean = (a + a') / 2,
 * half = (a - a') / 2 and fall = mean - l >= 0, in which nothing cancels.
 *
 * Features of both sides: s / sqrt(2), 1 / a - 1, a / 2, theta / 2, weight A / 2. Constants: weight / 2, tangentK / weight.
 */
export function gabor<T, R, N>(
  bytes: usize, from: usize, to: usize, field: usize,
  rows: usize, rowStride: usize, cols: usize, colStride: usize, constants: usize,
): void {
  const height = constant<T>(constants, 0);
  const ratio = constant<T>(constants, 1);
  const zero = splat<T>(0);
  const one = splat<T>(1);
  const two = splat<T>(2);
  const four = splat<T>(4);
  const cut = splat<T>(INV_SQRT_E);
  for (let o: usize = 0; o < bytes; o += 16) {
    const d = v128.load(from + o);
    const x = rowFeature<T, R>(rows, o);
    const y = v128.load(cols + o);
    const gap = pairGap<T>(d, x, y);
    const product = v128.mul<T>(x, y);
    const scale = v128.add<T>(product, product);
    const k = v128.sub<T>(scale, gap);
    const r2 = v128.pmax<T>(v128.mul<T>(gap, v128.add<T>(scale, k)), zero);
    const u = rowFeature<T, R>(rows + rowStride, o);
    const w = v128.load(cols + colStride + o);
    const z = v128.add<T>(u, one);
    const z2 = v128.add<T>(w, one);
    const m = v128.mul<T>(splat<T>(0.5), madd<T>(z, z, v128.mul<T>(z2, z2)));
    const four2 = v128.mul<T>(four, r2);
    const root = v128.sqrt<T>(m);
    const rootDet = v128.sqrt<T>(v128.add<T>(m, four2));
    const spread = inverseRootSpread<T>(v128.add<T>(z, z2), v128.sub<T>(u, w), v128.mul<T>(z, z2), m, root);
    const fall = v128.add<T>(spread, inverseRootGap<T>(four2, root, rootDet));
    const p = rowFeature<T, R>(rows + 2 * rowStride, o);
    const q = v128.load(cols + 2 * colStride + o);
    const mean = v128.add<T>(p, q);
    const half = v128.sub<T>(p, q);
    const low = v128.div<T>(one, rootDet);
    const low2 = v128.mul<T>(low, low);
    const delta = v128.mul<T>(d, low2);
    const extra = v128.mul<T>(four2, low2);
    const near = madd<T>(splat<T>(0.5), extra, delta);
    const nearFall = expm1<T>(v128.sub<T>(zero, near));
    const rise = expm1<T>(delta);
    // e^{a^2 / 2} of both samples around their mean exponent, which is `climb` above that of the pair
    const half2 = v128.mul<T>(half, half);
    const climb = v128.mul<T>(splat<T>(0.5), madd<T>(fall, v128.add<T>(mean, low), half2));
    const envelope = exp<T>(v128.mul<T>(splat<T>(0.5), low2));
    const lift = v128.mul<T>(envelope, expm1<T>(climb));
    const centre = v128.add<T>(envelope, lift);
    const sinh = smallSinh<T>(v128.mul<T>(splat<T>(0.5), v128.mul<T>(mean, half)));
    const sinh2 = v128.mul<T>(sinh, sinh);
    const cosh = v128.mul<T>(v128.mul<T>(two, centre), sinh2); // centre (cosh - 1)
    const turn = v128.mul<T>(v128.mul<T>(two, centre), v128.mul<T>(sinh, v128.sqrt<T>(v128.add<T>(one, sinh2))));
    const sines = madd<T>(fall, centre, madd<T>(mean, cosh, madd<T>(half, turn, v128.mul<T>(low, lift))));
    const cosines = nmadd<T>(nearFall, low, fall);
    const tilt = v128.mul<T>(v128.mul<T>(envelope, low), rise);
    const result = v128.mul<T>(
      height,
      v128.pmax<T>(nmadd<T>(cut, v128.sub<T>(sines, tilt), cosines), zero),
    );
    let steep = zero;
    if (hasTangent<N>()) {
      const mean2 = v128.mul<T>(mean, mean);
      const low4 = v128.mul<T>(low2, low2);
      const cross = v128.mul<T>(mean, low);
      const side = v128.add<T>(mean2, v128.add<T>(cross, low2));
      const bend = v128.mul<T>(mean, half2);
      const cubes = madd<T>(splat<T>(3), bend, v128.mul<T>(fall, side));
      // (a^5 + a'^5) / 2 - l^5
      const fifths = madd<T>(
        v128.mul<T>(splat<T>(5), bend),
        madd<T>(two, mean2, half2),
        v128.mul<T>(fall, madd<T>(cross, side, madd<T>(mean2, mean2, low4))),
      );
      const odd = v128.sub<T>(v128.add<T>(low2, low4), one);
      const mean4 = v128.mul<T>(mean2, mean2);
      const oddHalf = v128.mul<T>(
        half,
        madd<T>(
          splat<T>(5),
          mean4,
          madd<T>(
            mean2,
            madd<T>(splat<T>(10), half2, splat<T>(3)),
            v128.sub<T>(madd<T>(half2, half2, half2), one),
          ),
        ),
      );
      const polynomial = v128.add<T>(v128.sub<T>(cubes, fall), fifths);
      const waves = madd<T>(
        polynomial,
        v128.add<T>(centre, cosh),
        madd<T>(v128.mul<T>(low, odd), v128.add<T>(cosh, lift), v128.mul<T>(oddHalf, turn)),
      );
      const slopes = madd<T>(cut, waves, v128.sub<T>(v128.add<T>(fall, fall), cubes));
      // what d and r^2 add beside det, from 8 k = 2 (det - 1 - 4 r^2 - 4 d)
      const lean = v128.mul<T>(splat<T>(8), v128.mul<T>(k, low2));
      const delta4 = v128.mul<T>(four, delta);
      const both = v128.add<T>(extra, delta4);
      const first = madd<T>(lean, near, v128.add<T>(both, v128.add<T>(extra, delta4)));
      const cosineGain = nmadd<T>(nearFall, madd<T>(lean, v128.sub<T>(one, near), low2), first);
      const delta2 = v128.add<T>(delta, delta);
      const sineGain = madd<T>(
        low2,
        both,
        madd<T>(delta2, v128.add<T>(low2, both), v128.add<T>(extra, delta2)),
      );
      const sineGains = madd<T>(rise, odd, madd<T>(rise, sineGain, sineGain));
      const gains = v128.mul<T>(
        low,
        nmadd<T>(cut, v128.mul<T>(envelope, sineGains), cosineGain),
      );
      steep = v128.mul<T>(height, v128.pmax<T>(v128.add<T>(slopes, gains), zero));
    }
    storePair<T, R, N>(
      from, to, field, o, rows + 3 * rowStride, rowStride, cols + 3 * colStride, colStride, result, steep, ratio,
    );
  }
}
