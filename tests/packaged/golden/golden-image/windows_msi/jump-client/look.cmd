‹the step, word for word›
