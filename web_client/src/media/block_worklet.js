// Runs in the audio thread: collects the microphone's samples into blocks of 60 ms and posts them, each with the
// time of its end; the page's own thread may be late.
class BlockProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(Math.round(sampleRate * 0.06));
    this.filled = 0;
  }

  process(inputs) {
    const channel = inputs[0]?.[0];
    if (!channel) return true;
    let offset = 0;
    while (offset < channel.length) {
      const count = Math.min(channel.length - offset, this.block.length - this.filled);
      this.block.set(channel.subarray(offset, offset + count), this.filled);
      this.filled += count;
      offset += count;
      if (this.filled === this.block.length) {
        this.port.postMessage({ samples: this.block.slice(), endedAtMs: Date.now() });
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("viva-blocks", BlockProcessor);
