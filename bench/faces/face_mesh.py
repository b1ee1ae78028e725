"""The peer's side, run by the peer's own interpreter: mediapipe's FaceMesh, asked line by line.

    python face_mesh.py PICTURES.npy ANSWERS.npz

Each line on stdin is a task, each answer a line of JSON on stdout:
    look, track    CPU milliseconds a picture of one pass over all of them
    memory N       what each of N objects, one an interview, takes: megabytes and threads
    points         writes ANSWERS.npz with the points of both, in pixels, NaN where there was no face
"""

import json
import sys
import time
from pathlib import Path

import mediapipe
import numpy as np

FaceMesh = mediapipe.solutions.face_mesh.FaceMesh


def mesh(task: str) -> FaceMesh:
    return FaceMesh(static_image_mode=task == "look", max_num_faces=1, refine_landmarks=False)


def points(face_mesh: FaceMesh, picture: np.ndarray) -> np.ndarray:
    found = face_mesh.process(picture).multi_face_landmarks
    height, width = picture.shape[:2]
    if not found:
        return np.full((468, 2), np.nan)
    return np.array([(point.x * width, point.y * height) for point in found[0].landmark])


def cpu_ms(face_mesh: FaceMesh, pictures: np.ndarray) -> float:
    """Of the whole process: a graph has threads of its own. The points are made into numbers, as ours are."""
    started_s = time.process_time()
    for picture in pictures:
        points(face_mesh, picture)
    return 1000 * (time.process_time() - started_s) / len(pictures)


def afresh(task: str, pictures: np.ndarray) -> list[np.ndarray]:
    """By a new object: one that has followed a face before begins where it left off."""
    face_mesh = mesh(task)
    return [points(face_mesh, picture) for picture in pictures]


def status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def memory(count: int, pictures: np.ndarray) -> dict[str, float]:
    points(mesh("track"), pictures[0])  # what the library takes once
    before_kb, threads = status("VmRSS"), status("Threads")
    held = [mesh("track") for _ in range(count)]
    for face_mesh in held:
        points(face_mesh, pictures[0])
    grown = {"mb": (status("VmRSS") - before_kb) / 1024 / count, "threads": (status("Threads") - threads) / count}
    return {name: round(value, 2) for name, value in grown.items()}


def main() -> None:
    pictures = np.load(sys.argv[1])
    meshes = {task: mesh(task) for task in ("look", "track")}
    for face_mesh in meshes.values():
        cpu_ms(face_mesh, pictures[:8])
    print(json.dumps({"version": mediapipe.__version__}), flush=True)
    for line in sys.stdin:
        task, _, count = line.strip().partition(" ")
        if task == "memory":
            answer = memory(int(count), pictures)
        elif task == "points":
            np.savez(sys.argv[2], **{name: afresh(name, pictures) for name in meshes})
            answer = {}
        else:
            answer = {"cpu_ms": cpu_ms(meshes[task], pictures)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
