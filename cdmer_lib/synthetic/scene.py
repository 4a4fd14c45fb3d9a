"""A clip before it is rendered: what is in front of which camera; then its frames."""

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from ..errors import InvalidInput
from ..protocol import database_info
from . import cameras
from .action_units import displacement, shadow
from .faces import SHAPE, draw_face
from .framing import frame_face, whole_face
from .geometry import HEIGHT, MARGIN, MIDLINE, WIDTH, draw_geometry
from .mixing import mix
from .performances import perform
from .population import subject_number
from .seeds import generator

SIZE = 112  # rows and columns of the normalised face
BLINK = 45  # the action unit of a blink


class Scene:
    """Everything drawn for a clip, before anything is rendered."""

    def __init__(self, database, subject, label, index, seed):
        name = database_info(database).name
        if label not in (1, 2, 3):
            raise InvalidInput(
                f"{name}: expected label 1 (Negative), 2 (Positive) or 3 (Surprise), found "
                f"{label!r}; the generator makes no clips of dropped emotions"
            )
        number = subject_number(subject) if isinstance(subject, str) else int(subject)
        people = "CASME2" if name == "CASME2" else "SMIC"
        self.camera = cameras.CAMERAS[name]
        self._who = people, number, seed
        self.geometry = draw_geometry(*self._who)
        self.performance = perform(people, number, label, index, seed)
        self.n_frames = int(self.performance.duration * self.camera.rate) + 1
        self.seconds = np.arange(self.n_frames) / self.camera.rate
        self._strength = None
        self._rng = generator(seed, "camera", name, number, label, index)
        self.framing = frame_face(self.camera, self._rng)

    def fields(self, framing):
        """Displacement of every unit at full strength: (n_units, 2, rows, columns), face pixels.

        Scaled so that the performance has its peak, whatever the camera catches of it.
        """
        if self._strength is None:
            self._strength = np.float32(1)
            dense = self.performance.courses(np.linspace(0, self.performance.duration, 101))
            self._strength = self.performance.peak / self.motion(dense, whole_face()).max()
        performance, points = self.performance, (framing.x, framing.y)
        return self._strength * np.stack([
            displacement(self.geometry, unit, sides, *points)
            for unit, sides in zip(performance.units, performance.sides, strict=True)
        ])  # fmt: skip

    def courses(self):
        """Strength of every unit in every frame: shape (n_frames, n_units)."""
        return self.performance.courses(self.seconds)

    def motion(self, courses, framing=None):
        """Largest displacement by the expression at each pixel of the normalised face, in these.

        Returns an array of shape (112, 112); ``framing`` is the clip's own by default.
        """
        normal = (framing or self.framing).at(SIZE)
        fields = self.fields(normal) / np.float32(normal.scale)[:, None, None]
        largest = np.zeros((SIZE, SIZE), dtype=np.float32)
        for course in np.float32(courses):
            np.maximum(largest, np.hypot(*mix(course, fields)), out=largest)
        return largest

    def facts(self, courses, motion):
        """The ground truth of :class:`SyntheticClip` besides its arrays."""
        return {
            "action_units": self.performance.coding(),
            "onset": 0,
            "apex": int(courses.sum(axis=1).argmax()),
            "offset": self.n_frames - 1,
            "peak": float(motion.max()),
            "rate": self.camera.rate,
        }

    def render(self, courses):
        """The frames as the camera stores them: uint8."""
        camera, framing, rng = self.camera, self.framing, self._rng
        face = draw_face(*self._who)
        light = np.array(camera.light) + camera.light_spread * rng.standard_normal(4)
        shifts, angles = cameras.head_motion(camera, self.n_frames, rng)
        gains = cameras.brightness(camera, self.n_frames, rng)
        blur = camera.blur * framing.scale[::-1]
        picture = gaussian_filter(face.picture(light, camera.band), blur)
        fields, shadows, courses = self._moving_parts(courses)
        still = np.stack(np.broadcast_arrays(framing.x, framing.y[:, None])).astype(np.float32)
        lens = self._lens(still).astype(np.float32)
        tint = _tint(face, still) if camera.colour else None
        frames = []
        for shift, angle, gain, course in zip(shifts, angles, gains, courses, strict=True):
            skin = still - mix(course, fields)
            rows, columns = _move_head(skin, shift, angle)
            frame = map_coordinates(picture, (rows, columns), order=1, mode="nearest")
            frame *= np.float32(gain) * lens * (1 - mix(course, shadows))
            frames.append(cameras.expose(frame, tint, camera, rng))
        return np.stack(frames)

    def _moving_parts(self, courses):
        """Fields, shadows and courses of the units and, where there is one, the blink."""
        performance, framing = self.performance, self.framing
        fields = self.fields(framing)
        # half of the wrinkle's depth at a peak of 1.5 pixels, all of it at 3
        depth = performance.peak / 3
        shadows = depth * np.stack([
            shadow(self.geometry, unit, sides, framing.x, framing.y)
            for unit, sides in zip(performance.units, performance.sides, strict=True)
        ])  # fmt: skip
        if performance.blink[0]:
            lids = displacement(self.geometry, BLINK, (1, 1), framing.x, framing.y)
            fields = np.concatenate([fields, lids[None]])
            shadows = np.concatenate([shadows, np.zeros_like(shadows[:1])])
            courses = np.column_stack([courses, performance.blinking(self.seconds)])
        return fields, np.float32(shadows), np.float32(courses)

    def _lens(self, still):
        x, y = still
        squared = ((x - WIDTH / 2) / WIDTH) ** 2 + ((y - HEIGHT / 2) / HEIGHT) ** 2
        return 1 - 2 * self.camera.vignette * squared


def _tint(face, points):
    """Red, green and blue relative to luminance at face points: (rows, columns, 3)."""
    columns, rows = np.round(points + MARGIN - 0.5).astype(int)
    rows, columns = rows.clip(0, SHAPE[0] - 1), columns.clip(0, SHAPE[1] - 1)
    return np.moveaxis(face.tint[:, rows, columns], 0, -1)


def _move_head(points, shift, angle):
    """Canvas rows and columns of face points, seen by a camera after the head has moved.

    The head turns about the middle of the face; ``shift`` is in pixels at 112 x 112.
    """
    x = points[0] - np.float32(MIDLINE + shift[0] * WIDTH / SIZE)
    y = points[1] - np.float32(HEIGHT / 2 + shift[1] * HEIGHT / SIZE)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    columns = cos * x + sin * y + np.float32(MIDLINE + MARGIN - 0.5)
    rows = cos * y - sin * x + np.float32(HEIGHT / 2 + MARGIN - 0.5)
    return rows, columns
