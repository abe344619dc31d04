"""Physical constants and the time grid; each with its source."""

STEFAN_BOLTZMANN = 5.670374419e-8  # W/m2/K4, CODATA 2018 (exact)
EARTH_RADIUS_KM = 6378.137  # equatorial, WGS 84
EARTH_MU_KM3_S2 = 398600.4418  # WGS 84
EARTH_J2 = 1.08263e-3  # EGM96, rounded
SUN_RATE_RAD_S = 1.99099e-7  # mean motion of the sun as seen from the Earth
OBLIQUITY_DEG = 23.44
SOLAR_CONSTANT_W_M2 = 1361.0  # Kopp and Lean (2011)
STANDARD_GRAVITY_M_S2 = 9.80665  # exact by definition
LIGHT_KM_S = 299792.458  # exact by definition
HOURS_PER_YEAR = 8760.0  # one year length everywhere

START = 2026.75  # 2026Q4 as a decimal year
QUARTERS = 60  # 15 years; the last quarter is 2041Q3
DT = 0.25  # years per quarter
