/**
 * Symbols with indices, in HTML and in SVG.
 * @module
 */

/** base, subscript, superscript */
export type Symbol3 = readonly [base: string, sub: string, sup: string];

export function Sym({ of }: { readonly of: Symbol3 }) {
  const [base, sub, sup] = of;
  return (
    <span class="sym">
      <i>{base}</i>
      {sub !== "" && <sub>{sub}</sub>}
      {sup !== "" && <sup>{sup}</sup>}
    </span>
  );
}

export const WEIGHT: Symbol3 = ["σ", "w", "2"];
export const BIAS: Symbol3 = ["σ", "b", "2"];
export const LAMBDA_MAX: Symbol3 = ["λ", "max", ""];

/** The two variances in SVG text: superscript over subscript needs shifts. */
export function VarianceText({ of, name }: { readonly of: "w" | "b"; readonly name: string }) {
  return (
    <>
      {`${name} σ`}
      <tspan dy="3" font-size="75%">
        {of}
      </tspan>
      <tspan dy="-8" dx="-0.5em" font-size="75%">
        2
      </tspan>
    </>
  );
}
