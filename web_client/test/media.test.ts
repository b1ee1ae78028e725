import { describe, expect, test } from "vitest";
import { to16kHz } from "../src/media/blocks";
import { reported, troubleOf } from "../src/media/devices";
import { encodeFrame, FrameKind, HEADER_BYTES, packRun, pcm16 } from "../src/media/frames";
import { audioLevel, dbfs, meterShare } from "../src/media/level";
import { HOPELESS_AT_BYTES, Outbox, STILLS_STOP_AT_BYTES } from "../src/media/outbox";
import { hasCandidate, iceFragment, preferSpeech } from "../src/media/sdp";
import { addVideo } from "../src/media/whip";

describe("the binary frame", () => {
  test("is twenty big-endian bytes and the payload", () => {
    const payload = Uint8Array.of(0xaa, 0xbb);
    const frame = { kind: FrameKind.opus, key: true, live: true, take: 0x0708, n: 0x01020304, startMs: 0x0a0b0c0d, durationMs: 60, level: 31, payload };
    const bytes = encodeFrame(frame);
    expect([...bytes]).toEqual([2, 1, 0, 3, 7, 8, 31, 0, 1, 2, 3, 4, 0x0a, 0x0b, 0x0c, 0x0d, 0, 60, 0, 0, 0xaa, 0xbb]);
    expect(bytes).toHaveLength(HEADER_BYTES + 2);
  });
  test("a run is its packets, each after its size", () => {
    expect([...packRun([Uint8Array.of(1, 2), Uint8Array.of(3)])]).toEqual([0, 2, 1, 2, 0, 1, 3]);
  });
  test("samples are little-endian and never wrap around", () => {
    expect([...pcm16(Float32Array.of(0, 1, -1, 2))]).toEqual([0, 0, 0xff, 0x7f, 0x01, 0x80, 0xff, 0x7f]);
  });
});

describe("loudness", () => {
  test("a full-scale sine is -3 dBFS, silence is digital silence", () => {
    const sine = Float32Array.from({ length: 16_000 }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / 16_000));
    expect(dbfs(sine)).toBeCloseTo(-3.01, 1);
    expect(audioLevel(dbfs(sine))).toBe(3);
    expect(audioLevel(dbfs(new Float32Array(10)))).toBe(127);
    expect(audioLevel(dbfs(new Float32Array()))).toBe(127);
  });
  test("a meter is between empty and full", () => {
    expect([meterShare(-Infinity), meterShare(-60), meterShare(-33), meterShare(0)]).toEqual([0, 0, 0.5, 1]);
  });
});

describe("the send buffer", () => {
  test("sheds stills first, never audio, and gives up on a hopeless connection", () => {
    const outbox = new Outbox();
    expect(outbox.judge(false, STILLS_STOP_AT_BYTES + 1)).toBe("drop");
    expect(outbox.judge(true, STILLS_STOP_AT_BYTES + 1)).toBe("send");
    expect(outbox.judge(true, HOPELESS_AT_BYTES + 1)).toBe("restart");
    expect([outbox.droppedStills, outbox.sent]).toEqual([1, 1]);
  });
});

describe("another sample rate", () => {
  test.each([48_000, 44_100, 16_000])("from %d Hz, a block keeps its length in time and its pitch", (rate) => {
    const block = Float32Array.from({ length: Math.round(rate * 0.06) }, (_, i) => Math.sin((2 * Math.PI * 500 * i) / rate));
    const out = to16kHz(block, rate);
    expect(out).toHaveLength(960);
    const crossings = out.filter((value, i) => i > 0 && value >= 0 && (out[i - 1] ?? 0) < 0).length;
    expect(crossings).toBeGreaterThanOrEqual(29);
    expect(crossings).toBeLessThanOrEqual(30);
  });
});

describe("SDP", () => {
  const offer = [
    "v=0",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:0123456789",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
    "a=mid:0",
    "a=rtpmap:111 opus/48000/2",
    "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1",
    "a=rtpmap:0 PCMU/8000",
    "",
  ].join("\r\n");
  test("Opus is asked for mono without discontinuous transmission, the rest is left alone", () => {
    const changed = preferSpeech(offer);
    expect(changed).toContain("a=fmtp:111 minptime=10;useinbandfec=1;usedtx=0;stereo=0\r\n");
    expect(changed.split("\r\n").filter((line) => !line.startsWith("a=fmtp"))).toEqual(
      offer.split("\r\n").filter((line) => !line.startsWith("a=fmtp")),
    );
    expect(preferSpeech("v=0\r\n")).toBe("v=0\r\n");
  });
  test("a late candidate travels with the credentials it belongs to", () => {
    const candidate = { candidate: "candidate:1 1 udp 1 127.0.0.1 9 typ host" } as RTCIceCandidate;
    expect(iceFragment(offer, [candidate])).toBe(
      "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\na=mid:0\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n",
    );
  });
});

describe("candidates", () => {
  const credentials = "v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n";
  test("the end of them is told too", () => {
    expect(iceFragment(credentials, [null])).toMatch(/a=mid:0\r\na=end-of-candidates\r\n$/);
  });
  test("a relay that refused leaves none", () => {
    expect(hasCandidate(credentials)).toBe(false);
    expect(hasCandidate(`${credentials}a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n`)).toBe(true);
  });
});

describe("devices", () => {
  test.each([
    ["NotAllowedError", "denied"],
    ["NotFoundError", "absent"],
    ["OverconstrainedError", "absent"],
    ["NotReadableError", "in_use"],
    ["NotSupportedError", "unsupported"],
    ["SomethingNew", "failed"],
  ])("%s is told as %s", (name, trouble) => {
    expect(troubleOf(new DOMException("", name))).toBe(trouble);
  });
  test("what is reported is one of the four words of the protocol", () => {
    expect(reported({ status: "ok" })).toBe("ok");
    expect(reported({ status: "off" })).toBe("absent");
    expect(reported({ status: "trouble", trouble: "denied" })).toBe("denied");
    expect(reported({ status: "trouble", trouble: "slow" })).toBe("failed");
    expect(troubleOf("not an error")).toBe("failed");
  });
});

describe("the camera's encoder", () => {
  const track = { kind: "video" } as MediaStreamTrack;
  const stream = {} as MediaStream;
  const peerOf = (knowsLayers: boolean, asked: RTCRtpEncodingParameters[][]): RTCPeerConnection =>
    ({
      addTransceiver: (_track: unknown, init: { sendEncodings: RTCRtpEncodingParameters[] }) => {
        asked.push(init.sendEncodings);
        if (!knowsLayers && "scalabilityMode" in init.sendEncodings[0]!) throw new TypeError("scalabilityMode");
        return "transceiver";
      },
    }) as unknown as RTCPeerConnection;

  test("is asked for three temporal layers", () => {
    const asked: RTCRtpEncodingParameters[][] = [];
    expect(addVideo(peerOf(true, asked), track, stream)).toBe("transceiver");
    expect(asked).toEqual([[{ maxBitrate: 180_000, maxFramerate: 12, scalabilityMode: "L1T3" }]]);
  });
  test("is used as it is where it refuses them", () => {
    const asked: RTCRtpEncodingParameters[][] = [];
    expect(addVideo(peerOf(false, asked), track, stream)).toBe("transceiver");
    expect(asked.at(-1)).toEqual([{ maxBitrate: 180_000, maxFramerate: 12 }]);
  });
});
