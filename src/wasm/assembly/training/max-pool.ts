/**
 * Largest values over windows. `taps` [outputs, size] holds an input position for each place of each window, -1 for what lies
 * outside; arrays are [samples, positions, channels].
 * @module
 */

/**
 * y = maxima of x over windows: the first of equal ones; NaN goes before all. `places` [samples, outputs, channels] gets the
 * input position of each; 0: nobody asks for them.
 */
export function maxPool(
  samples: i32, inputs: i32, outputs: i32, size: i32, channels: i32, taps: usize, x: usize, y: usize, places: usize,
): void {
  const bytes = <usize>channels << 2;
  for (let s: i32 = 0; s < samples; s++) {
    let window = taps;
    for (let o: i32 = 0; o < outputs; o++) {
      // windows have at least one place inside
      let first = 0;
      while (load<i32>(window + (<usize>first << 2)) < 0) first++;
      const start = load<i32>(window + (<usize>first << 2));
      let c: usize = 0;
      for (; c + 16 <= bytes; c += 16) {
        let best = v128.load(x + <usize>start * bytes + c);
        let at = i32x4.splat(start);
        for (let t: i32 = first + 1; t < size; t++) {
          const place = load<i32>(window + (<usize>t << 2));
          if (place < 0) continue;
          const value = v128.load(x + <usize>place * bytes + c);
          const isNew = v128.or(
            f32x4.gt(value, best),
            v128.andnot(f32x4.ne(value, value), f32x4.ne(best, best)),
          );
          best = v128.bitselect(value, best, isNew);
          at = v128.bitselect(i32x4.splat(place), at, isNew);
        }
        v128.store(y + c, best);
        if (places != 0) v128.store(places + c, at);
      }
      for (; c < bytes; c += 4) {
        let best = load<f32>(x + <usize>start * bytes + c);
        let at = start;
        for (let t: i32 = first + 1; t < size; t++) {
          const place = load<i32>(window + (<usize>t << 2));
          if (place < 0) continue;
          const value = load<f32>(x + <usize>place * bytes + c);
          if (value > best || (value != value && best == best)) {
            best = value;
            at = place;
          }
        }
        store<f32>(y + c, best);
        if (places != 0) store<i32>(places + c, at);
      }
      window += <usize>size << 2;
      y += bytes;
      if (places != 0) places += bytes;
    }
    x += <usize>inputs * bytes;
  }
}

/** The transpose of {@link maxPool} at the places that it found, added to x. */
export function maxPoolBack(
  samples: i32, inputs: i32, outputs: i32, channels: i32, places: usize, y: usize, x: usize,
): void {
  const bytes = <usize>channels << 2;
  for (let s: i32 = 0; s < samples; s++) {
    for (let o: i32 = 0; o < outputs; o++) {
      for (let c: usize = 0; c < bytes; c += 4) {
        const to = x + <usize>load<i32>(places + c) * bytes + c;
        store<f32>(to, load<f32>(to) + load<f32>(y + c));
      }
      places += bytes;
      y += bytes;
    }
    x += <usize>inputs * bytes;
  }
}
