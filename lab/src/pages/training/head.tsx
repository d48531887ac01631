/**
 * Title of the page, and what can be copied.
 * @module
 */
import { CopyAs } from "../../controls/copy-as.js";
import type { CopyItem } from "../../controls/copy-item.js";

export function TrainingHead({ items }: { readonly items: readonly CopyItem[] }) {
  return (
    <div class="page-head">
      <h1>Training</h1>
      <p class="lead">
        Loss and accuracy before anybody trains: predicted, then held against real networks that train here,
        until width or learning rate break the theory.
      </p>
      <CopyAs items={items} />
    </div>
  );
}
