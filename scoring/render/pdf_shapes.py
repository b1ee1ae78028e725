"""Chart shapes as PDF vectors."""

from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
from reportlab.platypus import Flowable  # type: ignore[import-untyped]

from scoring.render.charts import Box, Dot, Drawing, Label, Line, Polygon, Shape
from scoring.render.pdf_text import draw_text


class Chart(Flowable):  # type: ignore[misc]
    """A drawing, scaled to ``width`` points or kept as it is."""

    def __init__(self, drawing: Drawing, *, width: float | None = None) -> None:
        super().__init__()
        self.drawing = drawing
        self.scale = (width / drawing.width) if width else 1.0

    def wrap(self, _available_width: float, _available_height: float) -> tuple[float, float]:
        self.width = self.drawing.width * self.scale
        self.height = self.drawing.height * self.scale
        return self.width, self.height

    def draw(self) -> None:
        self.canv.saveState()
        self.canv.scale(self.scale, self.scale)
        for shape in self.drawing.shapes:
            draw_shape(self.canv, shape, self.drawing.height)
        self.canv.restoreState()


def draw_shape(canvas: Canvas, shape: Shape, height: float) -> None:
    """``height`` turns the drawing's downward y into the page's upward y."""
    match shape:
        case Polygon(points, stroke, fill, opacity, width):
            path = canvas.beginPath()
            path.moveTo(points[0][0], height - points[0][1])
            for x, y in points[1:]:
                path.lineTo(x, height - y)
            path.close()
            canvas.setStrokeColor(HexColor(stroke))
            canvas.setLineWidth(width)
            if fill:
                canvas.setFillColor(HexColor(fill), alpha=opacity)
            canvas.drawPath(path, stroke=1, fill=1 if fill else 0)
            canvas.setFillAlpha(1)
        case Line(x1, y1, x2, y2, stroke, width):
            canvas.setStrokeColor(HexColor(stroke))
            canvas.setLineWidth(width)
            canvas.line(x1, height - y1, x2, height - y2)
        case Box(x, y, box_width, box_height, fill, radius):
            canvas.setFillColor(HexColor(fill))
            corner = min(radius, box_width / 2, box_height / 2)
            canvas.roundRect(x, height - y - box_height, box_width, box_height, corner, stroke=0, fill=1)
        case Dot(x, y, radius, fill):
            canvas.setFillColor(HexColor(fill))
            canvas.circle(x, height - y, radius, stroke=0, fill=1)
        case Label(x, y, text, size, fill, anchor, bold):
            draw_text(canvas, x, height - y, text, size, fill, bold=bold, anchor=anchor)
