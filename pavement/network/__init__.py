"""Where: routes, posted chainage, calibration, cells and the gathering of events onto them."""
