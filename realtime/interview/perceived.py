"""What was heard and seen of an answer: into the evidence log, to HR, and into the prompts' conditions.

Which answer something belongs to is told by its ``question_id``, never by the phase: the last words of a closed
answer arrive while the next question is being read. What belongs to no unsettled answer is dropped. Practice gives
captions and prompts and leaves no trace.
"""

from realtime.interview import effects as do
from realtime.interview import events as on
from realtime.interview import evidence as ev
from realtime.interview.answers import Answer, utterance_evidence
from realtime.interview.course import Course
from realtime.protocol import messages as say

Perceived = (
    on.SpeechStarted
    | on.SpeechEnded
    | on.CaptionChanged
    | on.LevelMeasured
    | on.LossMeasured
    | on.PictureMeasured
    | on.VoiceMeasured
    | on.FaceMeasured
    | on.MediaGap
    | on.TakeGrew
    | on.AnswerSaved
    | on.AnswerHeardAgain
    | on.AnswerTranscribed
)


def note(course: Course, event: Perceived) -> None:
    answer = course.find_answer(event.question_id)
    if answer is None:
        return
    match event:
        case on.SpeechStarted():
            _span(course, answer, event)
        case on.SpeechEnded():
            _span(course, answer, event)
        case on.CaptionChanged():
            _caption(course, answer, event)
        case on.LevelMeasured():
            _level(course, answer, event)
        case on.LossMeasured():
            answer.lost_share = event.lost_share
            answer.prompter.loss(event.lost_share)
        case on.PictureMeasured():
            answer.light = event.light
            answer.prompter.picture(event.frozen, event.light)
        case on.VoiceMeasured():
            _voice(course, answer, event)
        case on.FaceMeasured():
            _face(course, answer, event)
        case on.MediaGap():
            _gap(course, answer, event)
        case on.TakeGrew():
            course.recording_grew(answer)
        case on.AnswerSaved():
            _saved(course, answer, event)
        case on.AnswerHeardAgain():
            _heard_again(course, answer, event)
        case on.AnswerTranscribed():
            _transcribed(course, answer, event)


def _keep(course: Course, answer: Answer, body: ev.EvidenceBody) -> None:
    if not answer.practice:
        course.record(body)


def _span(course: Course, answer: Answer, event: on.SpeechStarted | on.SpeechEnded) -> None:
    if isinstance(event, on.SpeechStarted):
        span = answer.floor.speech_started(event.media_ms)
    else:
        span = answer.floor.speech_ended(event.media_ms, answer.watch.read(course.now_ms))
    if span:
        _keep(course, answer, answer.span_evidence(span))


def _caption(course: Course, answer: Answer, event: on.CaptionChanged) -> None:
    """Partials replace each other and are forgotten; the final is durable. What a guard threw away is shown as
    empty, so that its partial disappears, and never becomes evidence of words."""
    if not answer.hears(event):
        return
    caption = say.Caption(
        question_id=event.question_id,
        utterance_id=event.utterance_id,
        revision=event.revision,
        committed=event.committed,
        partial=event.partial,
        final=event.final,
        language=event.language,
        start_ms=event.start_ms,
        end_ms=event.end_ms,
        words=list(event.words),
    )
    if event.final and event.committed.strip() and not event.no_speech:
        _keep(course, answer, utterance_evidence(event))
    course.send(caption, durable=event.final and not answer.practice)
    _language(course, answer, event)


def _language(course: Course, answer: Answer, event: on.CaptionChanged) -> None:
    """A sentence that cannot be written down is told at once, so that it can be said again; the next one that can
    takes the notice away."""
    if event.committed.strip() or event.other_language:
        answer.prompter.language(written=not event.other_language)
    if event.other_language:
        _keep(course, answer, ev.Observation("other_language", question_id=event.question_id))


def _level(course: Course, answer: Answer, event: on.LevelMeasured) -> None:
    answer.floor.heard(event.media_ms)
    answer.loudness.add(event)
    prompter = answer.prompter
    prompter.level(event.speech_dbfs, event.noise_dbfs, event.pace_per_minute, course.state.language)
    prompter.clipping(event.clipped_share)
    prompter.band(event.high_band_db)
    if answer.practice:
        return
    state = say.QualityState(
        conditions=sorted(prompter.conditions()),
        lost_share=round(answer.lost_share, 3),
        speech_dbfs=None if event.speech_dbfs is None else round(event.speech_dbfs, 1),
        noise_dbfs=round(event.noise_dbfs, 1),
        clipped_share=round(event.clipped_share, 4),
        light=answer.light,
    )
    course.effects.append(do.NotifyHr(state))


def _voice(course: Course, answer: Answer, event: on.VoiceMeasured) -> None:
    if answer.practice or not course.state.permissions.voice_analysis(course.plan):
        return
    course.record(
        ev.VoiceWindow(
            question_id=event.question_id,
            start_ms=event.start_ms,
            end_ms=event.end_ms,
            pitch_hz=event.pitch_hz,
            pitch_range_semitones=event.pitch_range_semitones,
            voiced_share=event.voiced_share,
            state=event.state,
        )
    )
    course.effects.append(do.NotifyHr(event.state))


def _face(course: Course, answer: Answer, event: on.FaceMeasured) -> None:
    """Without permission it is as if it had never been measured."""
    if not course.state.permissions.face_analysis(course.plan):
        return
    answer.prompter.face(event.face_share, event.several_share, max(0, event.end_ms - event.start_ms))
    if answer.practice:
        return
    course.record(
        ev.FaceWindow(
            question_id=event.question_id,
            start_ms=event.start_ms,
            end_ms=event.end_ms,
            frames=event.frames,
            face_share=event.face_share,
            several_share=event.several_share,
            state=event.state,
        )
    )
    course.effects.append(do.NotifyHr(event.state))


def _gap(course: Course, answer: Answer, event: on.MediaGap) -> None:
    """Nobody knows whether there was speech in a gap, so silence is counted anew after it."""
    if answer.watch.since_ms is not None and not answer.floor.speaking:
        answer.floor.fall_quiet(answer.watch.read(course.now_ms))
    gap = ev.GapFound(event.question_id, start_ms=event.start_ms, end_ms=event.end_ms, cause=event.cause)
    _keep(course, answer, gap)


def _transcribed(course: Course, answer: Answer, event: on.AnswerTranscribed) -> None:
    if answer is course.state.answer:
        return
    transcript = "typed" if event.transcript == "none" and answer.typed else event.transcript
    course.settle(answer, transcript, event.audio_ms)


def _saved(course: Course, answer: Answer, event: on.AnswerSaved) -> None:
    """The recording stands; from here on only the last words are waited for."""
    if answer is course.state.answer or event.take != answer.take or answer.complete is not None:
        return
    # Hearing it again takes as long as it is, at worst.
    answer.saving, answer.settle_by_ms = False, course.now_ms + course.plan.timing.settle_ms + event.audio_ms
    answer.recording, answer.audio_ms = event.recording, event.audio_ms
    answer.complete, answer.missing = event.complete, list(event.missing)
    course.record(
        ev.AnswerSavedRecord(
            question_id=answer.question_id,
            attempt=answer.attempt,
            take=event.take,
            source="take" if event.from_take else "live",
            complete=event.complete,
            packets=event.packets,
            audio_ms=event.audio_ms,
            missing=list(event.missing),
            recording=event.recording,
        )
    )


def _heard_again(course: Course, answer: Answer, event: on.AnswerHeardAgain) -> None:
    """What was heard live is void. Who spoke when is told by the recording too."""
    if answer is course.state.answer or answer.practice:
        return
    engine = event.captions[0].engine if event.captions else ""
    course.record(ev.TranscriptReplacedRecord(answer.question_id, engine))
    course.send(say.TranscriptReplaced(answer.question_id))
    answer.forget_words()
    answer.skipped = answer.skipped and not any(caption.committed.strip() for caption in event.captions)
    for start_ms, end_ms in event.spans:
        answer.floor.speech_started(start_ms)
        span = answer.floor.speech_ended(end_ms, answer.watch.read(course.now_ms))
        if span:
            course.record(answer.span_evidence(span))
    for caption in event.captions:
        _caption(course, answer, caption)
