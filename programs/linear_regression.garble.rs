// Which line fits the measurements of three sites together (least squares)?
//
// Seats: three sites, each with four points (x, y).
// Computes: slope and intercept of the line with the least squared error over all twelve points, in thousandths, rounded
//   towards zero. `NoLine` if all x are equal.
// Reveals: slope and intercept to every output party; no point, and no site's own line.
// Does not protect: a site from the two others together, who learn two equations about its four points. One site's wrong
//   points tilt the line as far as it likes.
//
// vector: [(1, 12), (2, 14), (3, 16), (4, 18)] | [(5, 20), (6, 22), (7, 24), (8, 26)] | [(9, 28), (10, 30), (11, 32), (12, 34)] -> Fit::Line(2000, 10000)
// vector: [(3, 1), (3, 2), (3, 3), (3, 4)] | [(3, 5), (3, 6), (3, 7), (3, 8)] | [(3, 9), (3, 10), (3, 11), (3, 12)] -> Fit::NoLine
// vector: [(0, 65535), (255, 0), (0, 65535), (255, 0)] | [(0, 65535), (255, 0), (0, 65535), (255, 0)] | [(0, 65535), (255, 0), (0, 65535), (255, 0)] -> Fit::Line(-257000, 65535000)
// vector: [(0, 0), (0, 0), (0, 0), (0, 0)] | [(0, 0), (0, 0), (0, 0), (0, 0)] | [(0, 0), (0, 0), (0, 0), (1, 65535)] -> Fit::Line(65535000, 0)

const SCALE: i64 = 1000i64;
const POINTS: i64 = 12i64;

enum Fit {
    NoLine,
    Line(i32, i32),
}

pub fn main(north: [(u8, u16); 4], south: [(u8, u16); 4], west: [(u8, u16); 4]) -> Fit {
    let (x0, y0, xx0, xy0) = sums(north);
    let (x1, y1, xx1, xy1) = sums(south);
    let (x2, y2, xx2, xy2) = sums(west);
    let x = (x0 + x1 + x2) as i64;
    let y = (y0 + y1 + y2) as i64;
    let spread = (POINTS * (xx0 + xx1 + xx2) as i64 - x * x) as u32;
    if spread == 0u32 {
        Fit::NoLine
    } else {
        let slope = (POINTS * (xy0 + xy1 + xy2) as i64 - x * y) * SCALE / spread as i64;
        let intercept = (y * SCALE - slope * x) / POINTS;
        Fit::Line(slope as i32, intercept as i32)
    }
}

// The sums of x, y, x², xy. Widths are as narrow as the largest inputs allow.
fn sums(points: [(u8, u16); 4]) -> (u32, u32, u32, u32) {
    let mut x = 0u32;
    let mut y = 0u32;
    let mut xx = 0u32;
    let mut xy = 0u32;
    for (px, py) in points {
        x = x + px as u32;
        y = y + py as u32;
        xx = xx + px as u32 * px as u32;
        xy = xy + px as u32 * py as u32;
    }
    (x, y, xx, xy)
}
