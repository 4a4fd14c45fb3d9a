"""One clip: a face and a performance in front of a camera, before and after it is rendered."""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from ..errors import InvalidInput
from . import cameras
from .expressions import Performance, displacement, shadow
from .faces import HEIGHT, MARGIN, SHAPE, WIDTH, Geometry, draw_face, generator, mix
from .population import synthetic_name

SIZE = 112  # rows and columns of the normalised face


@dataclass(frozen=True)
class SyntheticClip:
    """A clip, and its ``motion``: the largest displacement at each pixel of the normalised face.

    It is in pixels of that face, by the expression alone, without head motion and blinks.
    """

    frames: np.ndarray  # (n_frames, rows, columns) or, in colour, (n_frames, rows, columns, 3)
    motion: np.ndarray  # (112, 112), float32
    courses: np.ndarray  # (n_frames, n_units): strength of each action unit in each frame
    action_units: str  # as in the coding sheet: 4+R14
    onset: int  # onset, apex and offset count frames from 0; the onset is the first frame
    apex: int
    offset: int  # the last frame
    peak: float  # the largest value of motion
    rate: float  # frames a second


def clip_frames(database, subject, label, index, seed=0, expression=1.0):
    """Make one clip of a synthetic database: a :class:`SyntheticClip` with frames of uint8.

    ``database`` is a name or letter: CASME2 (C), SMIC_HS (H), SMIC_VIS (V), SMIC_NIR (N), SAMM.
    ``subject`` is ``"sub01"``, ``"s1"`` or the number, ``label`` 1, 2 or 3; ``index`` counts the
    clips of one subject and label from 1. The three sets of SMIC have the same people and
    performances. ``expression`` is the strength; 0 films the same person, head, light and noise.

    Raises ``ValueError`` for an unknown database, another label, a subject without a number, and
    an index or seed that is no whole number from 0 up.
    """
    return Scene(database, subject, label, index, seed).clip(expression)


class Scene:
    """A clip before it is rendered: camera, face, performance, framing; see :func:`clip_frames`."""

    def __init__(self, database, subject, label, index, seed):
        name = synthetic_name(database)
        number = re.fullmatch("(?:sub|s)?([0-9]+)", str(subject))
        if label not in (1, 2, 3) or not number:
            raise InvalidInput(
                f"{name}: expected label 1 (Negative), 2 (Positive) or 3 (Surprise) and a subject "
                f"such as 's1', found {label!r} and {subject!r}; dropped emotions have no clips"
            )
        people, number = name.partition("_")[0], int(number[1])  # one SMIC for all three
        self.camera = cameras.ALL_CAMERAS[name]
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
        """Factor of all displacements; with it the largest on the whole face is the peak."""
        dense = self.performance.courses(np.linspace(0, self.performance.duration, 101))
        whole_face = cameras.Framing(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
        return self.performance.peak / self._largest(dense, whole_face).max()

    def _largest(self, courses, framing, strength=1):
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
        camera, framing, rng, act = self.camera, self.framing, self._rng, self.performance
        face = draw_face(*self._who)
        light = np.array(camera.light) + 0.08 * rng.standard_normal(4)
        shifts, angles = cameras.head_motion(camera, self.n_frames, rng)
        gains = rng.normal() * self.seconds * 2 + 0.3 * rng.standard_normal(self.n_frames)
        gains = 1 + camera.light_drift * gains  # slow drift and flicker
        picture = face.picture(light, camera.band)
        picture = gaussian_filter(picture, camera.blur * framing.scale[::-1])
        fields = self._strength * self._units(displacement, framing)
        # half of the wrinkle's depth at a peak of 1.5 pixels, all of it at 3
        shadows = act.peak / 3 * self._units(shadow, framing)
        lids = displacement(self.geometry, 45, (1, 1), framing.x, framing.y)  # unit 45, the blink
        courses, blinks = np.float32(courses), np.float32(act.blinking(self.seconds))
        x, y = still = np.float32(np.meshgrid(framing.x, framing.y))
        side = np.array([WIDTH, HEIGHT])
        centre = np.float32(side / 2 + MARGIN - 0.5)  # of the face on the canvas
        squared = ((x - WIDTH / 2) / WIDTH) ** 2 + ((y - HEIGHT / 2) / HEIGHT) ** 2
        lens = 1 - 2 * camera.vignette * squared
        tint = None
        if camera.band == "visible" and camera.colour:
            columns, rows = np.round(still + MARGIN - 0.5).astype(int)
            rows, columns = rows.clip(0, SHAPE[0] - 1), columns.clip(0, SHAPE[1] - 1)
            tint = np.moveaxis(face.tint[:, rows, columns], 0, -1)
        frames = []
        moments = zip(shifts, angles, gains, courses, blinks, strict=True)
        for shift, angle, gain, course, blink in moments:
            # the head moves by ``shift``, at 112 x 112, and turns about the face's middle
            middle = np.float32(side / 2 + shift * side / SIZE)
            x, y = still - (mix(course, fields) + blink * lids) - middle[:, None, None]
            cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
            seen = cos * y - sin * x + centre[1], cos * x + sin * y + centre[0]
            frame = map_coordinates(picture, seen, order=1, mode="nearest")
            frame *= np.float32(gain) * lens * (1 - mix(course, shadows))
            frames.append(cameras.expose(frame, tint, camera, rng))
        return np.stack(frames)
