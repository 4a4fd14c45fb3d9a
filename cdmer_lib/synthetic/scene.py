"""One clip: a face and a performance in front of a camera, before and after it is rendered."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from ..errors import InvalidInput
from ..protocol import database_info
from . import cameras
from .drawing import generator, mix
from .expressions import Performance, displacement, shadow
from .faces import HEIGHT, MARGIN, MIDLINE, SHAPE, WIDTH, Geometry, draw_face

SIZE = 112  # rows and columns of the normalised face
BLINK = 45  # the action unit of a blink


@dataclass(frozen=True)
class SyntheticClip:
    """A clip and what is known of it.

    Attributes
    ----------
    frames : ndarray of uint8, (n_frames, rows, columns, 3), or (n_frames, rows, columns) in grey
    motion : ndarray of shape (112, 112), float32
        The largest displacement by the expression at each pixel of the normalised face, in its
        pixels; without head motion and blinks.
    courses : ndarray of shape (n_frames, n_units)
        Strength of each action unit in each frame.
    action_units : str, as the coding sheet writes them, e.g. ``4+R14``
    onset, apex, offset : int
        Places in ``frames``; the onset is the first, the offset the last.
    peak : float, largest value of ``motion``
    rate : float, frames a second
    """

    frames: np.ndarray
    motion: np.ndarray
    courses: np.ndarray
    action_units: str
    onset: int
    apex: int
    offset: int
    peak: float
    rate: float


def clip_frames(database, subject, label, index, seed=0, expression=1.0):
    """Make one clip of a synthetic database: a :class:`SyntheticClip`.

    Raises ``ValueError`` for an unknown database, or a label other than 1, 2, 3.

    Parameters
    ----------
    database : str
        A name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N).
    subject : str or int
        ``"sub01"``, ``"s1"`` or the number. SMIC subjects are the same people in its three sets,
        and the same subject, label and index is the same performance.
    label : int, 1 Negative, 2 Positive, 3 Surprise
    index : int
        Counts the clips of one subject and label from 1.
    seed : int
    expression : float
        Its strength; 0 films the same person, head, light and noise without it.
    """
    return Scene(database, subject, label, index, seed).clip(expression)


class Scene:
    """Everything that is drawn for a clip before it is rendered; see :func:`clip_frames`."""

    def __init__(self, database, subject, label, index, seed):
        name = database_info(database).name
        if label not in (1, 2, 3):
            raise InvalidInput(
                f"{name}: expected label 1 (Negative), 2 (Positive) or 3 (Surprise), found "
                f"{label!r}; the generator makes no clips of dropped emotions"
            )
        number = int(str(subject).lstrip("sub"))
        people = "CASME2" if name == "CASME2" else "SMIC"
        self.camera = cameras.CAMERAS[name]
        self._who = people, number, seed
        self.geometry = Geometry(*self._who)
        self.performance = Performance(people, number, label, index, seed)
        self.n_frames = int(self.performance.duration * self.camera.rate) + 1
        self.seconds = np.arange(self.n_frames) / self.camera.rate
        self._rng = generator(seed, "camera", name, number, label, index)
        self.framing = cameras.frame_face(self.camera, self._rng)

    def clip(self, expression=1.0, render=True):
        """The :class:`SyntheticClip`; its ``frames`` are None unless ``render``."""
        courses = expression * self.courses()
        motion = self.motion(courses)
        frames = self.render(courses) if render else None
        units, apex = self.performance.coding(), int(courses.sum(axis=1).argmax())
        peak, last = float(motion.max()), self.n_frames - 1
        return SyntheticClip(frames, motion, courses, units, 0, apex, last, peak, self.camera.rate)

    def courses(self):
        """Strength of every unit in every frame: shape (n_frames, n_units)."""
        return self.performance.courses(self.seconds)

    def motion(self, courses):
        """Largest displacement by the expression at each pixel of the 112 x 112 face, in pixels."""
        return self._largest(courses, self.framing, self._strength)

    @cached_property
    def _strength(self):
        """Factor of all displacements: the performance reaches its peak on the whole face."""
        dense = self.performance.courses(np.linspace(0, self.performance.duration, 101))
        largest = self._largest(dense, cameras.WHOLE_FACE, np.float32(1))
        return self.performance.peak / largest.max()

    def _largest(self, courses, framing, strength):
        normal = framing.at(SIZE)
        fields = strength * self._units(displacement, normal)
        fields = fields / np.float32(normal.scale)[:, None, None]
        return np.max([np.hypot(*mix(course, fields)) for course in np.float32(courses)], axis=0)

    def _units(self, effect, framing):
        """``displacement`` or ``shadow`` of every unit at full strength, in face pixels."""
        acting = zip(self.performance.units, self.performance.sides, strict=True)
        return np.stack([effect(self.geometry, *unit, framing.x, framing.y) for unit in acting])

    def render(self, courses):
        """The frames as the camera stores them: uint8."""
        camera, framing, rng = self.camera, self.framing, self._rng
        face = draw_face(*self._who)
        light = np.array(camera.light) + cameras.LIGHT_SPREAD * rng.standard_normal(4)
        shifts, angles = cameras.head_motion(camera, self.n_frames, rng)
        gains = rng.normal() * self.seconds * 2 + 0.3 * rng.standard_normal(self.n_frames)
        gains = 1 + camera.light_drift * gains  # slow drift and flicker
        picture = face.picture(light, camera.band)
        picture = gaussian_filter(picture, camera.blur * framing.scale[::-1])
        fields, shadows, courses = self._moving_parts(courses)
        still = np.stack(np.broadcast_arrays(framing.x, framing.y[:, None])).astype(np.float32)
        x, y = still
        squared = ((x - WIDTH / 2) / WIDTH) ** 2 + ((y - HEIGHT / 2) / HEIGHT) ** 2
        lens = 1 - 2 * camera.vignette * squared
        tint = None
        if camera.band == "visible":
            columns, rows = np.round(still + MARGIN - 0.5).astype(int)
            rows, columns = rows.clip(0, SHAPE[0] - 1), columns.clip(0, SHAPE[1] - 1)
            tint = np.moveaxis(face.tint[:, rows, columns], 0, -1)
        frames = []
        for shift, angle, gain, course in zip(shifts, angles, gains, courses, strict=True):
            seen = _move_head(still - mix(course, fields), shift, angle)
            frame = map_coordinates(picture, seen, order=1, mode="nearest")
            frame *= np.float32(gain) * lens * (1 - mix(course, shadows))
            frames.append(cameras.expose(frame, tint, camera, rng))
        return np.stack(frames)

    def _moving_parts(self, courses):
        """Fields, shadows and courses of the units and, where there is one, the blink."""
        performance, framing = self.performance, self.framing
        fields = self._strength * self._units(displacement, framing)
        # half of the wrinkle's depth at a peak of 1.5 pixels, all of it at 3
        shadows = performance.peak / 3 * self._units(shadow, framing)
        if performance.blink[0]:
            lids = displacement(self.geometry, BLINK, (1, 1), framing.x, framing.y)
            fields = np.concatenate([fields, lids[None]])
            shadows = np.concatenate([shadows, np.zeros_like(shadows[:1])])
            courses = np.column_stack([courses, performance.blinking(self.seconds)])
        return fields, np.float32(shadows), np.float32(courses)


def _move_head(points, shift, angle):
    """Canvas rows and columns of face points after the head has moved; shift at 112 x 112."""
    x = points[0] - np.float32(MIDLINE + shift[0] * WIDTH / SIZE)
    y = points[1] - np.float32(HEIGHT / 2 + shift[1] * HEIGHT / SIZE)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))  # about the face's middle
    columns = cos * x + sin * y + np.float32(MIDLINE + MARGIN - 0.5)
    rows = cos * y - sin * x + np.float32(HEIGHT / 2 + MARGIN - 0.5)
    return rows, columns
