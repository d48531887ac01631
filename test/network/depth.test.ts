import { describe, expect, test } from "vitest";
import * as n from "../../src/network/index.js";

const { network, input, dense, conv, relu, erf, repeat, residual, networkAtDepth, repeatedBlock } = n;

const readIn = dense(1);
const hidden = dense(1, { weightVariance: 1.5, biasVariance: 0.05 });
const readout = dense(10, { weightVariance: 3 });
const kinds = (layers: readonly n.Layer[]) => layers.map(({ kind }) => kind);

describe("repeatedBlock", () => {
  test("finds the hidden layer of a stack whose read-in differs, and leaves nothing behind it", () => {
    const parts = repeatedBlock(network(input([5]), readIn, repeat(4, erf(), hidden)));
    expect(parts).toMatchObject({ copies: 4, blockDepth: 1, outsideDepth: 0, suffix: [] });
    expect(kinds(parts.prefix)).toEqual(["dense"]);
    expect(kinds(parts.block)).toEqual(["activation", "dense"]);
  });

  test("keeps a readout of its own outside, dropout and pools too", () => {
    for (const last of [[readout], [n.dropout(0.5), readout], [n.layerNorm(), readout]]) {
      const parts = repeatedBlock(network(input([5]), repeat(4, hidden, erf()), ...last));
      expect(parts).toMatchObject({ copies: 4, blockDepth: 1, outsideDepth: 0, prefix: [] });
      expect(parts.suffix).toEqual(last);
    }
    const filter = conv(1, [3], { padding: "circular" });
    const parts = repeatedBlock(network(input([8, 2]), repeat(4, filter, erf()), n.globalAvgPool(), readout));
    expect(parts).toMatchObject({ copies: 4, outsideDepth: 0 });
    expect(kinds(parts.suffix)).toEqual(["globalAvgPool", "dense"]);
  });

  test("read-in, hidden layers and readout may all differ: the first hidden layer is then outside", () => {
    const parts = repeatedBlock(network(input([5]), readIn, erf(), repeat(3, hidden, erf()), readout));
    expect(parts).toMatchObject({ copies: 3, blockDepth: 1, outsideDepth: 1 });
  });

  test("residual blocks, also with two nonlinear layers", () => {
    const one = repeatedBlock(network(input([5]), readIn, repeat(3, residual(erf(), hidden))));
    expect(one).toMatchObject({ copies: 3, blockDepth: 1, outsideDepth: 0, suffix: [] });
    const two = repeatedBlock(
      network(input([5]), readIn, repeat(3, residual(erf(), hidden, erf(), hidden)), erf(), readout),
    );
    expect(two).toMatchObject({ copies: 3, blockDepth: 2, outsideDepth: 1 });
    expect(n.copiesAtDepth(two, 9)).toBe(4);
    expect(() => n.copiesAtDepth(two, 4)).toThrow(
      /depth is 4, expected one of 1, 3, 5, .*2 nonlinear layers/,
    );
  });

  test("widths do not matter in the ntk parameterization and do in the standard one", () => {
    const layers = [dense(5), erf(), dense(64), erf(), dense(32), erf(), readout];
    expect(repeatedBlock(network(input([5]), ...layers)).copies).toBe(3);
    expect(() => repeatedBlock(network(input([5], { parameterization: "standard" }), ...layers))).toThrow(
      /hidden layers differ/,
    );
  });

  test("one hidden layer is a block, and so is a single residual block", () => {
    expect(repeatedBlock(network(input([5]), readIn, erf(), readout))).toMatchObject({ copies: 1 });
    expect(repeatedBlock(network(input([5]), readIn, residual(erf(), hidden)))).toMatchObject({ copies: 1 });
  });

  test("what is written in a repeat of one copy is the block where nothing occurs twice", () => {
    const parts = repeatedBlock(network(input([5]), readIn, repeat(1, erf(), hidden), readout));
    expect(parts).toMatchObject({
      copies: 1,
      blockDepth: 1,
      outsideDepth: 0,
      prefix: [readIn],
      suffix: [readout],
    });
    expect(kinds(parts.block)).toEqual(["activation", "dense"]);
  });

  test.each([
    ["no nonlinear layer", [hidden, readout], /no nonlinear layer/],
    ["hidden layers that differ", [hidden, erf(), hidden, relu(), readout], /hidden layers differ/],
    ["nothing with weights", [erf()], /no nonlinear layer has weights/],
  ] as const)("%s is refused with the reason", (_, layers, message) => {
    expect(() => repeatedBlock(network(input([5]), ...layers))).toThrow(message);
  });

  test("a block that changes its input's shape is refused", () => {
    const down = conv(1, [3, 3], { strides: [2, 2] });
    const net = network(input([8, 8, 3]), repeat(2, down, relu()), n.flatten(), readout);
    expect(() => repeatedBlock(net)).toThrow(/changes the shape/);
  });

  test("writes long repetitions out quickly: one comparison of layer objects each", () => {
    const parts = repeatedBlock(network(input([5]), readIn, repeat(10_000, erf(), hidden)));
    expect(parts.copies).toBe(10_000);
  });
});

describe("networkAtDepth", () => {
  test("has the wanted number of nonlinear layers, and depth 0 leaves read-in and readout", () => {
    const nets = [
      network(input([5]), readIn, repeat(4, erf(), hidden)),
      network(input([5]), repeat(4, hidden, erf()), n.dropout(0.5), readout),
      network(input([5]), readIn, repeat(3, residual(erf(), hidden))),
      network(input([8, 2]), repeat(4, conv(1, [3]), erf()), n.flatten(), readout),
    ];
    for (const net of nets) {
      for (const depth of [0, 1, 2, 7]) {
        expect(n.hiddenDepth(networkAtDepth(net, depth))).toBe(depth);
      }
      expect(n.describeNetwork(networkAtDepth(net, n.hiddenDepth(net)))).toEqual(
        n.describeNetwork(networkAtDepth(networkAtDepth(net, 9), n.hiddenDepth(net))),
      );
    }
    expect(networkAtDepth(nets[0]!, 0).layers).toEqual([readIn]);
    expect(networkAtDepth(nets[1]!, 0).layers).toEqual([n.dropout(0.5), readout]);
  });

  test("is withDepth for plain stacks", () => {
    for (const net of [
      network(input([5]), readIn, repeat(4, erf(), hidden)),
      network(input([5]), repeat(4, hidden, erf()), readout),
      network(input([5]), readIn, erf(), readout),
    ]) {
      for (const depth of [1, 2, 5]) {
        const written = (layers: readonly n.Layer[]): n.Layer[] =>
          layers.flatMap((layer) =>
            layer.kind === "repeat"
              ? Array.from({ length: layer.times }, () => layer.layers).flat()
              : [layer],
          );
        expect(written(networkAtDepth(net, depth).layers)).toEqual(written(n.withDepth(net, depth).layers));
      }
    }
  });

  test.each([-1, 0.5, Number.NaN, 1e300])("refuses depth %d", (depth) => {
    const net = network(input([5]), readIn, repeat(4, erf(), hidden));
    expect(() => networkAtDepth(net, depth)).toThrow(/depth is .*, expected an integer >= 0/);
  });
});
