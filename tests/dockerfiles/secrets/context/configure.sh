# Writes the settings of the program.
echo "colour = blue" >/app/settings
