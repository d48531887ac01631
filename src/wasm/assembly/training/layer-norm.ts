/**
 * Layer normalization over groups of a sample's numbers: y = (x - mean) / sqrt(variance + floor), sums in float64.
 * `places` [groups, size] holds the byte offset of every member of every group.
 * @module
 */

/** y from x, and 1 / sqrt(variance + floor) of each sample and group in `roots`. */
export function layerNorm(
  samples: i32, numbers: i32, groups: i32, size: i32, floor: f64, places: usize, x: usize, y: usize, roots: usize,
): void {
  const bytes = <usize>size << 2;
  const sampleBytes = <usize>numbers << 2;
  const inverse = 1 / <f64>size;
  for (let s: i32 = 0; s < samples; s++) {
    let group = places;
    for (let g: i32 = 0; g < groups; g++) {
      let sum: f64 = 0;
      for (let i: usize = 0; i < bytes; i += 4) sum += <f64>load<f32>(x + <usize>load<u32>(group + i));
      const mean = sum * inverse;
      let squares: f64 = 0;
      for (let i: usize = 0; i < bytes; i += 4) {
        const d = <f64>load<f32>(x + <usize>load<u32>(group + i)) - mean;
        squares += d * d;
      }
      const root = 1 / Math.sqrt(squares * inverse + floor);
      store<f32>(roots, <f32>root);
      roots += 4;
      for (let i: usize = 0; i < bytes; i += 4) {
        const place = <usize>load<u32>(group + i);
        store<f32>(y + place, <f32>((<f64>load<f32>(x + place) - mean) * root));
      }
      group += bytes;
    }
    x += sampleBytes;
    y += sampleBytes;
  }
}

/** Cotangents in place: c becomes root (c - mean c - y mean(c y)). */
export function layerNormBack(
  samples: i32, numbers: i32, groups: i32, size: i32, places: usize, y: usize, roots: usize, c: usize,
): void {
  const bytes = <usize>size << 2;
  const sampleBytes = <usize>numbers << 2;
  const inverse = 1 / <f64>size;
  for (let s: i32 = 0; s < samples; s++) {
    let group = places;
    for (let g: i32 = 0; g < groups; g++) {
      let sum: f64 = 0;
      let product: f64 = 0;
      for (let i: usize = 0; i < bytes; i += 4) {
        const place = <usize>load<u32>(group + i);
        const value = <f64>load<f32>(c + place);
        sum += value;
        product += value * <f64>load<f32>(y + place);
      }
      const mean = sum * inverse;
      const share = product * inverse;
      const root = <f64>load<f32>(roots);
      roots += 4;
      for (let i: usize = 0; i < bytes; i += 4) {
        const place = <usize>load<u32>(group + i);
        const value = <f64>load<f32>(c + place) - mean - <f64>load<f32>(y + place) * share;
        store<f32>(c + place, <f32>(value * root));
      }
      group += bytes;
    }
    y += sampleBytes;
    c += sampleBytes;
  }
}
