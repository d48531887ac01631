/**
 * The learning rate of a training and where gradient descent ends to be stable.
 * @module
 */
import { NumberValue } from "../../controls/number-value.js";
import { LAMBDA_MAX, Sym } from "../../controls/symbols.js";

/** Two rows of a list of facts: the rate, and 2 n / lambda_max. */
export function RateFacts({ rate, limit }: { readonly rate: number; readonly limit: number }) {
  return (
    <>
      <div>
        <dt>learning rate</dt>
        <dd>
          <NumberValue name="learningRate" value={rate} />
        </dd>
      </div>
      <div>
        <dt>
          stable below 2 n / <Sym of={LAMBDA_MAX} />
        </dt>
        <dd>
          <NumberValue name="limit" value={limit} />
        </dd>
      </div>
    </>
  );
}
