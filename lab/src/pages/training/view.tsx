/**
 * The page Training: wide networks on images, or a narrow one on a few points.
 * @module
 */
import type { PageProps } from "../page.js";
import type { trainingFields } from "./fields.js";
import { NarrowView } from "./narrow-view.js";
import { WideView } from "./wide-view.js";
import "./training.css";

export function TrainingView(props: PageProps<typeof trainingFields>) {
  const { problem } = props.store.state.value;
  return problem === "mnist" ? <WideView key="wide" {...props} /> : <NarrowView key="narrow" {...props} />;
}
