/** How soon words appear while the engines are loaded, for HR and for the candidate. */
import { both } from "./both";

export const captions = both(
  {
    hr_captions_slowed: "Captions slowed",
    hr_captions_paused: "Captions paused, everything is recorded",
    captions_slowed: "Captions come a little later just now. Everything you say is recorded.",
    captions_paused: "Captions are paused just now. Everything you say is recorded and transcribed; please go on.",
    line_engines_title: "The interview begins in a moment",
  },
  {
    hr_captions_slowed: "字幕变慢",
    hr_captions_paused: "字幕暂停，录音完整保存",
    captions_slowed: "字幕暂时会晚一些显示，您说的话都在录音中。",
    captions_paused: "字幕暂停显示，您说的话都会完整录音并转写，请继续作答。",
    line_engines_title: "面试稍后开始",
  },
);
