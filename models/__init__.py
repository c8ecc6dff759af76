"""From published history to forecasts one can account for."""
