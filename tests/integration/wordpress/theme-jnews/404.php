<?php
get_header();
?>
<div class="jeg_main"><div class="jeg_404_content"><h1 class="jeg_archive_title">Page Not Found</h1><p>Sorry the page you were looking for cannot be found.</p></div></div>
<?php
get_footer();
