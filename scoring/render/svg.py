"""Shapes to inline SVG."""

from markupsafe import Markup, escape

from scoring.render.charts import Box, Dot, Drawing, Label, Line, Polygon, Shape


def svg(drawing: Drawing) -> Markup:
    body = Markup("").join(_shape(shape) for shape in drawing.shapes)
    return Markup(
        '<svg viewBox="0 0 {w:g} {h:g}" width="{w:g}" height="{h:g}" role="img" aria-label="{title}">{body}</svg>'
    ).format(w=drawing.width, h=drawing.height, title=drawing.title, body=body)


def _shape(shape: Shape) -> Markup:
    match shape:
        case Polygon(points, stroke, fill, opacity, width):
            path = " ".join(f"{x:g},{y:g}" for x, y in points)
            return Markup(
                '<polygon points="{}" fill="{}" fill-opacity="{:g}" stroke="{}" stroke-width="{:g}"/>'
            ).format(path, fill or "none", opacity, stroke, width)
        case Line(x1, y1, x2, y2, stroke, width):
            return Markup('<path d="M{:g} {:g}L{:g} {:g}" stroke="{}" stroke-width="{:g}"/>').format(
                x1, y1, x2, y2, stroke, width
            )
        case Box(x, y, width, height, fill, radius):
            return Markup('<rect x="{:g}" y="{:g}" width="{:g}" height="{:g}" rx="{:g}" fill="{}"/>').format(
                x, y, width, height, radius, fill
            )
        case Dot(x, y, radius, fill):
            return Markup('<circle cx="{:g}" cy="{:g}" r="{:g}" fill="{}"/>').format(x, y, radius, fill)
        case Label(x, y, text, size, fill, anchor, bold):
            weight = Markup(' font-weight="600"') if bold else ""
            return Markup('<text x="{:g}" y="{:g}" font-size="{:g}" fill="{}" text-anchor="{}"{}>{}</text>').format(
                x, y, size, fill, anchor, weight, escape(text)
            )
